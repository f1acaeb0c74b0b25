package dev.memoryproxy.s3server;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What each request does to the buckets, and its answer. */
final class S3Semantics {
  private static final int MAX_KEY_BYTES = 1_024;
  private static final int MAX_METADATA_BYTES = 2_048;
  private static final String METADATA = "x-amz-meta-";

  private final Contents contents = new Contents();
  private final Map<String, S3Objects> buckets = new ConcurrentHashMap<>();
  private final S3Modes modes;
  private final RaceGaps gaps = new RaceGaps();

  S3Semantics(S3Modes modes) {
    this.modes = modes;
  }

  void createBucket(String name) {
    buckets.putIfAbsent(name, new S3Objects());
  }

  void deleteBucket(String name) {
    buckets.remove(name);
  }

  Optional<S3Objects> bucket(String name) {
    return Optional.ofNullable(buckets.get(name));
  }

  /** Takes effect, at once but for {@link S3Modes.Conditions#RACY}. */
  Future<S3Reply> execute(S3Call call, Context context) {
    S3Objects bucket = buckets.get(call.bucket());
    if (call.operation() == S3Operation.CREATE_BUCKET) {
      createBucket(call.bucket());
      return Future.succeededFuture(S3Reply.empty(200));
    }
    if (bucket == null) {
      return Future.succeededFuture(
          S3Reply.error(404, "NoSuchBucket", "The specified bucket does not exist"));
    }
    if (utf8Length(call.key()) > MAX_KEY_BYTES) {
      return Future.succeededFuture(S3Reply.error(400, "KeyTooLongError", "Your key is too long"));
    }
    return switch (call.operation()) {
      case PUT -> put(bucket, call, context);
      case DELETE -> delete(bucket, call, context);
      case GET, HEAD -> Future.succeededFuture(get(bucket, call));
      case LIST -> Future.succeededFuture(list(bucket, call));
      case HEAD_BUCKET -> Future.succeededFuture(S3Reply.empty(200));
      default ->
          Future.succeededFuture(
              S3Reply.error(501, "NotImplemented", "This server does not implement the request."));
    };
  }

  private Future<S3Reply> put(S3Objects bucket, S3Call call, Context context) {
    Map<String, String> metadata = metadata(call);
    if (metadata.entrySet().stream()
            .mapToInt(entry -> utf8Length(entry.getKey()) + utf8Length(entry.getValue()))
            .sum()
        > MAX_METADATA_BYTES) {
      return Future.succeededFuture(
          S3Reply.error(400, "MetadataTooLarge", "Your metadata headers are too large"));
    }
    byte[] bytes = call.body().getBytes();
    String md5 = Md5.of(bytes);
    String announced = call.headers().get("Content-MD5");
    if (announced != null && !Md5.parse(announced).equals(Optional.of(md5))) {
      return Future.succeededFuture(
          S3Reply.error(400, "BadDigest", "The Content-MD5 you specified did not match"));
    }
    String type = call.headers().get("Content-Type");
    S3Objects.Stored stored =
        new S3Objects.Stored(
            contents.of(bytes, md5),
            modes.etags() == S3Modes.Etags.MD5 ? md5 : UUID.randomUUID().toString(),
            modes.now() / 1_000 * 1_000,
            type == null ? "binary/octet-stream" : type,
            metadata);
    S3Reply done = S3Reply.of(200, Map.of("ETag", quoted(stored.etag())), Buffer.buffer(0));
    return write(bucket, call, stored, done, modes.writes(), context);
  }

  private Future<S3Reply> delete(S3Objects bucket, S3Call call, Context context) {
    return write(bucket, call, null, S3Reply.empty(204), modes.deletes(), context);
  }

  private Future<S3Reply> write(
      S3Objects bucket,
      S3Call call,
      S3Objects.@Nullable Stored replacement,
      S3Reply done,
      S3Modes.Conditions mode,
      Context context) {
    String ifMatch = call.headers().get("If-Match");
    String ifNoneMatch = call.headers().get("If-None-Match");
    boolean conditional = ifMatch != null || ifNoneMatch != null;
    String key = call.bucket() + "/" + call.key();
    if (!conditional || mode == S3Modes.Conditions.IGNORED) {
      bucket.change(call.key(), replacement, present -> true);
      gaps.end(key);
      return Future.succeededFuture(done);
    }
    if (mode == S3Modes.Conditions.UNSUPPORTED) {
      return Future.succeededFuture(
          S3Reply.error(501, "NotImplemented", "A header you provided is not implemented."));
    }
    if (mode == S3Modes.Conditions.RACY) {
      S3Reply refusal = refusal(bucket.find(call.key()), ifMatch, ifNoneMatch);
      return gaps.open(key, context)
          .map(
              gone -> {
                if (refusal == null) {
                  bucket.change(call.key(), replacement, present -> true);
                }
                return refusal == null ? done : refusal;
              });
    }
    S3Reply refusal =
        refusal(
            bucket.change(
                call.key(), replacement, present -> refusal(present, ifMatch, ifNoneMatch) == null),
            ifMatch,
            ifNoneMatch);
    gaps.end(key);
    return Future.succeededFuture(refusal == null ? done : refusal);
  }

  private @Nullable S3Reply refusal(
      Optional<S3Objects.Stored> present, @Nullable String ifMatch, @Nullable String ifNoneMatch) {
    if (ifMatch != null && present.isEmpty()) {
      return absent();
    }
    boolean notThatState = ifMatch != null && !names(ifMatch, present.orElseThrow().etag());
    boolean notAbsent =
        ifNoneMatch != null && present.isPresent() && names(ifNoneMatch, present.get().etag());
    boolean mismatch = notThatState || notAbsent;
    return mismatch
        ? S3Reply.error(
            412, "PreconditionFailed", "At least one of the pre-conditions did not hold")
        : null;
  }

  private S3Reply get(S3Objects bucket, S3Call call) {
    Optional<S3Objects.Stored> found = bucket.find(call.key());
    if (found.isEmpty()) {
      return absent();
    }
    S3Objects.Stored object = found.get();
    String ifMatch = call.headers().get("If-Match");
    if (ifMatch != null && !names(ifMatch, object.etag())) {
      return S3Reply.error(
          412, "PreconditionFailed", "At least one of the pre-conditions did not hold");
    }
    Map<String, String> headers = headers(object);
    String ifNoneMatch = call.headers().get("If-None-Match");
    if (ifNoneMatch != null && names(ifNoneMatch, object.etag())) {
      return S3Reply.of(304, headers, Buffer.buffer(0));
    }
    S3Reply whole = S3Reply.of(200, headers, object.content());
    String range = call.headers().get("Range");
    return range == null ? whole : S3Range.of(range, whole);
  }

  private Map<String, String> headers(S3Objects.Stored object) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("ETag", quoted(object.etag()));
    headers.put("Last-Modified", httpDate(object.lastModified()));
    headers.put("Content-Type", object.contentType());
    headers.put("Accept-Ranges", "bytes");
    object.metadata().forEach((name, value) -> headers.put(METADATA + name, value));
    return headers;
  }

  private S3Reply list(S3Objects bucket, S3Call call) {
    if (modes.listingForbidden()) {
      return S3Reply.error(403, "AccessDenied", "Access Denied");
    }
    Map<String, String> query = call.query();
    String token = query.get("continuation-token");
    int limit = Math.min(1_000, Integer.parseInt(query.getOrDefault("max-keys", "1000")));
    S3Objects.Page page =
        bucket.list(
            query.getOrDefault("prefix", ""),
            token == null ? query.getOrDefault("start-after", "") : S3Objects.fromToken(token),
            query.getOrDefault("delimiter", ""),
            limit);
    boolean urlEncoded = "url".equals(query.get("encoding-type"));
    return S3Reply.xml(200, S3Xml.listing(call.bucket(), call, page, urlEncoded));
  }

  private S3Reply absent() {
    return modes.listingForbidden()
        ? S3Reply.error(403, "AccessDenied", "Access Denied")
        : S3Reply.error(404, "NoSuchKey", "The specified key does not exist.");
  }

  private static Map<String, String> metadata(S3Call call) {
    Map<String, String> metadata = new LinkedHashMap<>();
    call.headers()
        .forEach(
            (name, value) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (lower.startsWith(METADATA)) {
                metadata.put(lower.substring(METADATA.length()), value);
              }
            });
    return metadata;
  }

  private static boolean names(String condition, String etag) {
    return condition.equals("*") || condition.equals(etag) || condition.equals(quoted(etag));
  }

  private static String quoted(String etag) {
    return '"' + etag + '"';
  }

  private static int utf8Length(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
  }

  /** As HTTP writes times, in whole seconds. */
  static String httpDate(long millis) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(
        Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC));
  }
}
