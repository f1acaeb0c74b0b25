package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * An S3 bucket. Requests run on the SDK's few threads; {@link #ask} is the one place where its
 * futures become ours, back on the caller's context, and its failures {@link StoreException}s.
 *
 * <p>Without permission to list, S3 answers 403 for absent keys; that is {@link
 * StoreException.Kind#DENIED} here, and {@link ConditionProbe} refuses to start on it.
 */
public final class S3ObjectStore implements ObjectStore {
  private static final int FILE_PIECE = 64 << 10;

  private final Vertx vertx;
  private final S3Connection connection;
  private final S3AsyncClient client;
  private final RepeatedGets repeats;
  private final S3Settings settings;
  private final boolean proxied = S3Connection.isProxied();
  private final boolean conditionalDeletes;
  private final boolean uniqueEtags;

  /** Whether some answer has shown that the bucket exists: a HEAD's 404 does not tell. */
  private volatile boolean bucketSeen;

  private S3ObjectStore(
      Vertx vertx,
      S3Connection connection,
      RepeatedGets repeats,
      S3Settings settings,
      boolean conditionalDeletes,
      boolean uniqueEtags) {
    this.vertx = vertx;
    this.connection = connection;
    this.client = connection.client();
    this.repeats = repeats;
    this.settings = settings;
    this.conditionalDeletes = conditionalDeletes;
    this.uniqueEtags = uniqueEtags;
  }

  /**
   * Opens a bucket without talking to it; it is taken to have conditional deletes and equal ETags
   * for equal contents.
   */
  public static S3ObjectStore open(Vertx vertx, S3Settings settings) {
    return new S3ObjectStore(
        vertx,
        S3Connection.open(settings),
        new RepeatedGets(vertx, TimeSource.SYSTEM, settings.connectTimeout()),
        settings,
        true,
        false);
  }

  /** The same bucket over the same connections, as a probe found it. */
  public S3ObjectStore probed(Capabilities found) {
    return new S3ObjectStore(
        vertx, connection, repeats, settings, found.conditionalDeletes(), found.uniqueEtags());
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    String operation = "HEAD " + key;
    return ask(() -> client.headObject(request -> request.bucket(settings.bucket()).key(key)))
        .map(response -> Optional.of(S3Answers.head(key, response)))
        .recover(
            failure ->
                S3Errors.status(failure) == 404
                    ? absentOrNoBucket(operation)
                    : Future.failedFuture(error(operation, failure)));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return open(GetObjectRequest.builder().bucket(settings.bucket()).key(key).build());
  }

  @Override
  public Future<Optional<WholeObject>> getWhole(String key, long maxBytes) {
    return repeats
        .findAbsent(key)
        .compose(
            absent ->
                absent
                    ? Future.succeededFuture(Optional.empty())
                    : WholeObject.read(key, watched(key), maxBytes));
  }

  /** Opens an object, and keeps the request at hand if there is none. */
  private Future<Optional<ObjectContent>> watched(String key) {
    SignedRequests.Seen sent = new SignedRequests.Seen();
    return open(GetObjectRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .overrideConfiguration(
                override -> override.putExecutionAttribute(SignedRequests.SEEN, sent))
            .build())
        .onSuccess(
            found -> {
              SdkHttpRequest request = sent.request();
              if (found.isEmpty() && request != null && !proxied) {
                repeats.keep(key, request);
              }
            });
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return open(
        GetObjectRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .ifMatch(S3Answers.quoted(etag))
            .range("bytes=" + first + "-" + last)
            .build());
  }

  private Future<Optional<ObjectContent>> open(GetObjectRequest request) {
    String operation = "GET " + request.key();
    return ask(() -> client.getObject(request, new S3ObjectContent.Opening()))
        .map(opened -> Optional.of(content(request.key(), opened)))
        .recover(
            failure -> {
              int status = S3Errors.status(failure);
              boolean changed = request.ifMatch() != null && (status == 412 || status == 416);
              boolean absent = status == 404 && !S3Errors.code(failure).equals("NoSuchBucket");
              return changed || absent
                  ? Future.succeededFuture(Optional.empty())
                  : Future.failedFuture(error(operation, failure));
            });
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(settings.bucket())
            .key(key)
            .contentType(attributes.contentType())
            .contentLength(payload.size())
            .metadata(attributes.metadata())
            .overrideConfiguration(
                override ->
                    override.apiCallAttemptTimeout(settings.attemptTimeout(payload.size())));
    if (condition instanceof WriteCondition.IfAbsent) {
      request.ifNoneMatch("*");
    } else if (condition instanceof WriteCondition.IfEtag expected) {
      request.ifMatch(S3Answers.quoted(expected.etag()));
    }
    return put(request.build(), payload)
        .map(response -> PutResult.stored(S3Answers.unquoted(response.eTag())))
        .recover(
            failure -> {
              int status = S3Errors.status(failure);
              if (status == 412) {
                return Future.succeededFuture(PutResult.REFUSED);
              }
              return status == 404
                      && condition instanceof WriteCondition.IfEtag
                      && !S3Errors.code(failure).equals("NoSuchBucket")
                  ? Future.succeededFuture(PutResult.ABSENT)
                  : Future.failedFuture(error("PUT " + key, failure));
            });
  }

  private Future<PutObjectResponse> put(PutObjectRequest request, Payload payload) {
    if (payload instanceof Payload.Spooled spooled && spooled.size() > 0) {
      // The SDK looks at the file before it returns.
      Context context = vertx.getOrCreateContext();
      return context
          .executeBlocking(
              () ->
                  client.putObject(
                      request,
                      AsyncRequestBody.fromFile(
                          file -> file.path(spooled.file()).chunkSizeInBytes(FILE_PIECE))),
              false)
          .compose(asked -> Future.fromCompletionStage(asked, context));
    }
    AsyncRequestBody body =
        payload instanceof Payload.InMemory memory && memory.size() > 0
            ? AsyncRequestBody.fromBytesUnsafe(memory.bytes().getBytes())
            : AsyncRequestBody.empty();
    return ask(() -> client.putObject(request, body));
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    DeleteObjectRequest.Builder request =
        DeleteObjectRequest.builder().bucket(settings.bucket()).key(key);
    if (condition instanceof WriteCondition.IfEtag expected && conditionalDeletes) {
      request.ifMatch(S3Answers.quoted(expected.etag()));
    } else if (!(condition instanceof WriteCondition.None)) {
      return Future.failedFuture(
          new StoreException(
              StoreException.Kind.UNSUPPORTED,
              "DELETE " + key + ": the store has no such conditional deletes",
              null));
    }
    return ask(() -> client.deleteObject(request.build()))
        .map(response -> DeleteResult.DELETED)
        .recover(
            failure -> {
              int status = S3Errors.status(failure);
              if (status == 412) {
                return Future.succeededFuture(DeleteResult.REFUSED);
              }
              return status == 404 && !S3Errors.code(failure).equals("NoSuchBucket")
                  ? Future.succeededFuture(DeleteResult.ABSENT)
                  : Future.failedFuture(error("DELETE " + key, failure));
            });
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return ask(() ->
            client.listObjectsV2(
                request ->
                    request
                        .bucket(settings.bucket())
                        .prefix(prefix.isEmpty() ? null : prefix)
                        .startAfter(startAfter.isEmpty() ? null : startAfter)
                        .maxKeys(limit)
                        // Keys may hold characters that XML cannot; the SDK decodes them again.
                        .encodingType(EncodingType.URL)))
        .map(S3Answers::listing)
        .recover(failure -> Future.failedFuture(error("LIST " + prefix, failure)));
  }

  @Override
  public boolean conditionalDeletes() {
    return conditionalDeletes;
  }

  @Override
  public boolean uniqueEtags() {
    return uniqueEtags;
  }

  @Override
  public Future<Void> close() {
    return repeats
        .close()
        .eventually(
            () ->
                vertx.executeBlocking(
                    () -> {
                      connection.close();
                      return null;
                    },
                    false));
  }

  private <T> Future<T> ask(Supplier<CompletableFuture<T>> call) {
    Context context = vertx.getOrCreateContext();
    try {
      return Future.fromCompletionStage(call.get(), context);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private StoreException error(String operation, Throwable failure) {
    StoreException error = S3Errors.of(operation, failure);
    if (error.kind() == StoreException.Kind.NO_BUCKET) {
      bucketSeen = false;
    }
    return error;
  }

  /** A HEAD's 404 has no body: until the bucket was seen, ask whether it is there at all. */
  private Future<Optional<ObjectHead>> absentOrNoBucket(String operation) {
    if (bucketSeen) {
      return Future.succeededFuture(Optional.empty());
    }
    return ask(() -> client.headBucket(request -> request.bucket(settings.bucket())))
        .map(
            response -> {
              bucketSeen = true;
              return Optional.<ObjectHead>empty();
            })
        .recover(
            failure ->
                Future.failedFuture(
                    S3Errors.status(failure) == 404
                        ? S3Errors.noBucket(operation, failure)
                        : error(operation, failure)));
  }

  private ObjectContent content(String key, S3ObjectContent.Opened opened) {
    GetObjectResponse response = opened.response();
    Long length = response.contentLength();
    if (length == null) {
      new S3ObjectContent(vertx, S3Answers.head(key, 0, response), Long.MAX_VALUE, opened)
          .discard();
      throw new StoreException(
          StoreException.Kind.OTHER,
          "GET " + key + ": the store does not say how long it is",
          null);
    }
    ObjectHead head =
        S3Answers.head(key, S3Answers.wholeSize(response.contentRange(), length), response);
    return new S3ObjectContent(vertx, head, length, opened);
  }
}
