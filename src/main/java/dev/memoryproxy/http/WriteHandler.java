package dev.memoryproxy.http;

import static dev.memoryproxy.http.RequestHeaders.invalid;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.http.PreconditionParser.Demand;
import dev.memoryproxy.storage.StorageService;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Map;

/** PUT and DELETE of a file. Everything that can refuse a write does so before its body is read. */
final class WriteHandler {
  private static final int MAX_CONTENT_TYPE = 255;

  private final Vertx vertx;
  private final StorageService storage;
  private final Spool spool;
  private final HttpSettings settings;

  WriteHandler(Vertx vertx, StorageService storage, Spool spool, HttpSettings settings) {
    this.vertx = vertx;
    this.storage = storage;
    this.spool = spool;
    this.settings = settings;
  }

  /** Writes the body as the file's content: 201 when there was no live file before, else 200. */
  Future<Void> put(Exchange exchange, Target target) {
    BlobAddress address = target.blob();
    String contentType = contentType(exchange.headers());
    checkBody(exchange.headers());
    Demand demand = PreconditionParser.forPut(exchange.headers());
    return storage
        .admit(address, demand.precondition())
        .compose(admitted -> receive(exchange))
        .compose(
            body -> store(address, demand, body, contentType).eventually(() -> body.release(vertx)))
        .compose(written -> answer(exchange, written));
  }

  /** Deletes the file: 204. */
  Future<Void> delete(Exchange exchange, Target target) {
    BlobAddress address = target.blob();
    Demand demand = PreconditionParser.forDelete(exchange.headers());
    return storage
        .delete(address, demand.precondition())
        .compose(
            written -> {
              exchange
                  .response()
                  .setStatusCode(204)
                  .putHeader("X-Version", Long.toString(written.entry().version()));
              return exchange.end();
            });
  }

  private Future<BodyReceiver.Received> receive(Exchange exchange) {
    exchange.sendContinue();
    return BodyReceiver.receive(
        vertx, exchange.request(), spool, settings.maxBlobBytes(), settings.bodyTimeout());
  }

  private Future<Written> store(
      BlobAddress address, Demand demand, BodyReceiver.Received body, String contentType) {
    String expected = demand.payloadMd5().orElse(body.md5());
    if (!expected.equals(body.md5())) {
      return Future.failedFuture(
          new ProxyError(
              ProxyError.Kind.DIGEST_MISMATCH,
              "The body's MD5 is not what Content-MD5 announced, so nothing was written: send the"
                  + " file again.",
              Map.of("expected_md5", expected, "actual_md5", body.md5())));
    }
    return storage.put(
        new PutCommand(address, demand.precondition(), body.payload(), body.md5(), contentType));
  }

  private static Future<Void> answer(Exchange exchange, Written written) {
    exchange
        .response()
        .putHeader(HttpHeaderNames.ETAG, '"' + written.entry().md5() + '"')
        .putHeader("X-Version", Long.toString(written.entry().version()));
    return exchange.send(written.created() ? 201 : 200, Buffer.buffer());
  }

  /** The type to store: exactly what was sent, as far as a store can give it back. */
  private static String contentType(RequestHeaders headers) {
    String type = headers.single(HttpHeaderNames.CONTENT_TYPE).orElse("");
    if (type.isEmpty()) {
      return "application/octet-stream";
    }
    if (type.length() > MAX_CONTENT_TYPE || !type.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw invalid(
          HttpHeaderNames.CONTENT_TYPE,
          "Content-Type takes up to " + MAX_CONTENT_TYPE + " characters of printable ASCII.");
    }
    return type;
  }

  private void checkBody(RequestHeaders headers) {
    headers
        .joined(HttpHeaderNames.CONTENT_ENCODING)
        .filter(coding -> !coding.equalsIgnoreCase("identity"))
        .ifPresent(
            coding -> {
              throw invalid(
                  HttpHeaderNames.CONTENT_ENCODING,
                  "Files are stored as they come: send the bytes that are to be stored, without"
                      + " Content-Encoding.");
            });
    headers
        .joined(HttpHeaderNames.CONTENT_RANGE)
        .ifPresent(
            range -> {
              throw invalid(
                  HttpHeaderNames.CONTENT_RANGE, "Files are written whole: drop Content-Range.");
            });
    headers
        .single(HttpHeaderNames.CONTENT_LENGTH)
        .map(Long::parseLong)
        .filter(length -> length > settings.maxBlobBytes())
        .ifPresent(
            length -> {
              throw BodyReceiver.tooLarge(settings.maxBlobBytes());
            });
  }
}
