package dev.memoryproxy.http;

import static dev.memoryproxy.http.RequestHeaders.invalid;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.http.PreconditionParser.Demand;
import dev.memoryproxy.storage.Announcement;
import dev.memoryproxy.storage.StorageService;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * PUT and DELETE of a file. Everything that can refuse a write does so before more of its body is
 * read than courtesy asks for.
 */
final class WriteHandler {
  private static final int MAX_CONTENT_TYPE = 255;

  private final Vertx vertx;
  private final StorageService storage;
  private final Spool spool;
  private final HttpSettings settings;

  /** A few threads of its own: small bodies that unpack to much must not keep the index waiting. */
  private final WorkerExecutor unpacking;

  /** To be made when its verticle starts, with which its threads end. */
  WriteHandler(Vertx vertx, StorageService storage, Spool spool, HttpSettings settings) {
    this.vertx = vertx;
    this.storage = storage;
    this.spool = spool;
    this.settings = settings;
    this.unpacking =
        vertx.createSharedWorkerExecutor(
            "unpacking", Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
  }

  /** Writes the body as the file's content: 201 when there was no live file before, else 200. */
  Future<Void> put(Exchange exchange, Target target) {
    BlobAddress address = target.blob();
    String contentType = contentType(exchange.headers());
    checkBody(exchange.headers());
    CompressedHistories histories = settings.histories();
    Demand demand =
        histories.demand(
            address.namespace(),
            exchange.headers(),
            PreconditionParser.forPut(target.dialect(), exchange.headers()));
    Asked asked =
        new Asked(
            address,
            demand,
            contentType,
            target.dialect().acknowledgesRepeats(),
            histories.unpacks(address.namespace(), contentType));
    Announcement announced =
        new Announcement(
            asked.repeatable(),
            // What is announced may be the digest of the packed bytes.
            asked.unpacked() ? Optional.empty() : demand.payloadMd5(),
            length(exchange.headers()));
    UploadGate.Slot slot = enter(exchange.headers());
    Future<Void> admitted =
        exchange.awaitsContinue() || UnreadBody.exceedsCourtesy(announced.size())
            ? storage.admit(address, demand.precondition(), announced)
            // Reading the little that comes costs less than asking whether it may be written.
            : Future.succeededFuture();
    return admitted
        .compose(may -> receive(exchange, slot))
        .compose(body -> store(asked, body).eventually(() -> body.release(vertx)))
        .onComplete(done -> slot.leave())
        .compose(
            written -> {
              exchange
                  .response()
                  .putHeader(HttpHeaderNames.ETAG, '"' + written.entry().md5() + '"')
                  .putHeader("X-Version", Long.toString(written.entry().version()));
              return target.dialect().written(exchange, written);
            });
  }

  /** Refuses what there is no room for now; a body that says its length gets its disk space. */
  private UploadGate.Slot enter(RequestHeaders headers) {
    UploadGate.Slot slot = spool.gate().enter();
    try {
      slot.reserve(
          headers
              .single(HttpHeaderNames.CONTENT_LENGTH)
              .map(Long::parseLong)
              .filter(BodyReceiver::isLarge)
              .orElse(0L));
    } catch (ProxyError full) {
      slot.leave();
      throw full;
    }
    return slot;
  }

  /** Deletes the file, which leaves a tombstone. */
  Future<Void> delete(Exchange exchange, Target target) {
    BlobAddress address = target.blob();
    Demand demand = PreconditionParser.forDelete(target.dialect(), exchange.headers());
    return storage
        .delete(address, demand.precondition())
        .compose(
            written -> {
              exchange.response().putHeader("X-Version", Long.toString(written.entry().version()));
              return target.dialect().deleted(exchange, written);
            });
  }

  private Future<BodyReceiver.Received> receive(Exchange exchange, UploadGate.Slot slot) {
    Future<Void> turn =
        BodyReceiver.isLarge(slot.reserved())
            ? slot.awaitTurn(vertx, slot.reserved())
            : Future.succeededFuture();
    return turn.compose(mine -> read(exchange, slot));
  }

  private Future<BodyReceiver.Received> read(Exchange exchange, UploadGate.Slot slot) {
    exchange.sendContinue();
    return BodyReceiver.receive(
        vertx,
        exchange.request(),
        spool,
        slot,
        settings.maxBlobBytes(),
        settings.timeouts().body());
  }

  /**
   * A PUT before its body has come.
   *
   * @param repeatable see {@link PutCommand}
   * @param unpacked whether the file's MD5 is that of what the body unpacks to
   */
  private record Asked(
      BlobAddress address,
      Demand demand,
      String contentType,
      boolean repeatable,
      boolean unpacked) {
    PutCommand with(BodyReceiver.Received body, String md5) {
      return new PutCommand(
          address, demand.precondition(), body.payload(), md5, contentType, repeatable, unpacked);
    }
  }

  private Future<Written> store(Asked asked, BodyReceiver.Received body) {
    Future<String> published =
        asked.unpacked()
            ? settings.histories().contentMd5(unpacking, body.payload())
            : Future.succeededFuture(body.md5());
    return published.compose(
        md5 -> {
          String expected = asked.demand().payloadMd5().orElse(md5);
          return expected.equals(md5) || expected.equals(body.md5())
              ? storage.put(asked.with(body, md5))
              : Future.failedFuture(mismatch(expected, body.md5()));
        });
  }

  private static ProxyError mismatch(String expected, String actual) {
    return new ProxyError(
        ProxyError.Kind.DIGEST_MISMATCH,
        "The body's MD5 is not what Content-MD5 announced, so nothing was written: send the"
            + " file again.",
        Map.of("expected_md5", expected, "actual_md5", actual));
  }

  /** The type to store: exactly what was sent, as far as a store can give it back. */
  private static String contentType(RequestHeaders headers) {
    String type = headers.single(HttpHeaderNames.CONTENT_TYPE).orElse("");
    if (type.isEmpty()) {
      return "application/octet-stream";
    }
    if (type.length() > MAX_CONTENT_TYPE || !RequestHeaders.isPrintable(type)) {
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
    if (length(headers).orElse(0) > settings.maxBlobBytes()) {
      throw BodyReceiver.tooLarge(settings.maxBlobBytes());
    }
  }

  /** The length of the body, where it is known before it comes. */
  private static OptionalLong length(RequestHeaders headers) {
    return headers
        .single(HttpHeaderNames.CONTENT_LENGTH)
        .map(length -> OptionalLong.of(Long.parseLong(length)))
        .orElseGet(OptionalLong::empty);
  }
}
