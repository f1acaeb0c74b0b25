package dev.memoryproxy.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/**
 * What becomes of a body that was not read when its request is answered.
 *
 * <p>A short one is drained and the connection goes on. Of any other at most {@value
 * #COURTESY_BYTES} bytes are read; then reading stops, and the connection stays open for a grace
 * time before it closes: a connection closed with unread bytes is reset, and a reset may destroy
 * the answer before the client has read it.
 */
final class UnreadBody {
  static final int COURTESY_BYTES = 64 * 1024;

  private static final long UNKNOWN = -1;

  private final Vertx vertx;
  private final HttpServerRequest request;
  private final Duration grace;
  private final long announced;

  UnreadBody(Vertx vertx, HttpServerRequest request, Duration grace) {
    this.vertx = vertx;
    this.grace = grace;
    this.request = request;
    this.announced = announced(request);
  }

  private static long announced(HttpServerRequest request) {
    if (request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      return UNKNOWN;
    }
    String length = request.getHeader(HttpHeaderNames.CONTENT_LENGTH);
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return UNKNOWN;
    }
  }

  /** Keeps the body back until somebody wants it. */
  void hold() {
    if (announced != 0) {
      request.pause();
    }
  }

  /** Whether the connection must close after the answer rather than drain the body. */
  boolean tooMuchToDrain(boolean awaitsContinue) {
    if (announced == 0 || request.isEnded()) {
      return false;
    }
    // A client that was not invited to send its body may send it or not: no telling where the next
    // request starts.
    return awaitsContinue
        || announced == UNKNOWN
        || announced - request.bytesRead() > COURTESY_BYTES
        || request.version() == HttpVersion.HTTP_1_0;
  }

  /** Drains or closes, now that the answer is out. */
  void settle(boolean close) {
    if (announced == 0 || request.isEnded()) {
      if (close) {
        request.connection().close();
      }
      return;
    }
    long before = request.bytesRead();
    long timer = vertx.setTimer(grace.toMillis(), ignored -> request.connection().close());
    request.handler(
        ignored -> {
          if (request.bytesRead() - before >= COURTESY_BYTES) {
            request.pause();
          }
        });
    request.endHandler(
        ignored -> {
          vertx.cancelTimer(timer);
          if (close) {
            request.connection().close();
          }
        });
    request.resume();
  }
}
