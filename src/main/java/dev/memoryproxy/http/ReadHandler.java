package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.http.ByteRange.Span;
import dev.memoryproxy.http.ReadConditions.Verdict;
import dev.memoryproxy.storage.BlobContent;
import dev.memoryproxy.storage.StorageService;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * GET and HEAD of a file. A plain GET opens the file and nothing else; one with conditions or a
 * range asks for the state first, and starts over when the file changes in between.
 */
final class ReadHandler {
  private static final int MAX_ATTEMPTS = 5;

  private final StorageService storage;

  ReadHandler(StorageService storage) {
    this.storage = storage;
  }

  Future<Void> get(Exchange exchange, Target target) {
    BlobAddress address = target.blob();
    ReadConditions conditions = ReadConditions.parse(exchange.headers(), true);
    return conditions.isEmpty()
        ? storage.open(address).compose(blob -> sendWhole(exchange, blob))
        : getIf(exchange, address, conditions, 1);
  }

  Future<Void> head(Exchange exchange, Target target) {
    ReadConditions conditions = ReadConditions.parse(exchange.headers(), false);
    return storage
        .head(target.blob())
        .compose(
            info ->
                conditions.judge(info) == Verdict.NOT_MODIFIED
                    ? sendNotModified(exchange, info)
                    : sendHead(exchange, info));
  }

  private Future<Void> getIf(
      Exchange exchange, BlobAddress address, ReadConditions conditions, int attempt) {
    return storage
        .head(address)
        .compose(
            info ->
                switch (conditions.judge(info)) {
                  case NOT_MODIFIED -> sendNotModified(exchange, info);
                  case PARTIAL -> getRange(exchange, info, conditions, attempt);
                  case WHOLE -> getWhole(exchange, address, conditions, attempt);
                });
  }

  private Future<Void> getWhole(
      Exchange exchange, BlobAddress address, ReadConditions conditions, int attempt) {
    return storage
        .open(address)
        .compose(
            blob ->
                stillWhole(conditions, blob)
                    ? sendWhole(exchange, blob)
                    : again(exchange, address, conditions, attempt));
  }

  /** Whether the file as it was opened gets the answer that its earlier state got. */
  private static boolean stillWhole(ReadConditions conditions, OpenBlob blob) {
    boolean still = false;
    try {
      still = conditions.judge(blob.info()) == Verdict.WHOLE;
    } finally {
      if (!still) {
        blob.content().discard();
      }
    }
    return still;
  }

  private Future<Void> getRange(
      Exchange exchange, BlobInfo info, ReadConditions conditions, int attempt) {
    Span span = conditions.range().flatMap(range -> range.in(info.size())).orElseThrow();
    return storage
        .openRange(info, span.first(), span.last())
        .compose(
            (Optional<OpenBlob> opened) ->
                opened.isPresent()
                    ? sendRange(exchange, info, span, opened.get().content())
                    : again(exchange, info.address(), conditions, attempt));
  }

  private Future<Void> again(
      Exchange exchange, BlobAddress address, ReadConditions conditions, int attempt) {
    return attempt < MAX_ATTEMPTS
        ? getIf(exchange, address, conditions, attempt + 1)
        : Future.failedFuture(
            ProxyError.unavailable(
                ProxyError.Kind.OVERLOADED,
                "The file changes faster than it can be read: try again.",
                Duration.ofSeconds(1),
                null));
  }

  private static Future<Void> sendNotModified(Exchange exchange, BlobInfo info) {
    validators(exchange.response(), info).setStatusCode(304);
    return exchange.end();
  }

  private static Future<Void> sendHead(Exchange exchange, BlobInfo info) {
    describe(exchange, info, 200, info.size());
    return exchange.end();
  }

  private static Future<Void> sendWhole(Exchange exchange, OpenBlob blob) {
    BlobInfo info = blob.info();
    describe(exchange, info, 200, info.size());
    return ContentSender.send(exchange.response(), blob.content(), info.size());
  }

  private static Future<Void> sendRange(
      Exchange exchange, BlobInfo info, Span span, BlobContent content) {
    describe(exchange, info, 206, span.length())
        .putHeader(
            HttpHeaderNames.CONTENT_RANGE,
            "bytes " + span.first() + "-" + span.last() + "/" + info.size());
    return ContentSender.send(exchange.response(), content, span.length());
  }

  private static HttpServerResponse validators(HttpServerResponse response, BlobInfo info) {
    return response
        .putHeader(HttpHeaderNames.ETAG, '"' + info.md5() + '"')
        .putHeader(HttpHeaderNames.LAST_MODIFIED, HttpDate.format(info.lastModified()))
        .putHeader("X-Version", Long.toString(info.version()));
  }

  private static HttpServerResponse describe(
      Exchange exchange, BlobInfo info, int status, long length) {
    return validators(exchange.response(), info)
        .setStatusCode(status)
        .putHeader(HttpHeaderNames.CONTENT_TYPE, sendable(info.contentType()))
        .putHeader(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length))
        .putHeader(HttpHeaderNames.ACCEPT_RANGES, "bytes");
  }

  /** Other tools may have stored a type that no header can carry. */
  private static String sendable(String contentType) {
    return !contentType.isBlank() && RequestHeaders.isPrintable(contentType)
        ? contentType
        : "application/octet-stream";
  }
}
