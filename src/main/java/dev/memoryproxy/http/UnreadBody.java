package dev.memoryproxy.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * What becomes of a body that was not read when its request is answered.
 *
 * <p>A short one is drained and the connection goes on. Of any other at most {@value
 * #COURTESY_BYTES} bytes are read; then reading stops, and the connection stays open for a grace
 * time before it closes: a connection closed with unread bytes is reset, and a reset may destroy
 * the answer before the client has read it. In HTTP/2 only the request's own stream ends so.
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

  /**
   * Whether a request that fails would leave some of its body unread.
   *
   * @param length of the body; empty when it is not announced
   */
  static boolean exceedsCourtesy(OptionalLong length) {
    return length.isEmpty() || length.getAsLong() > COURTESY_BYTES;
  }

  private static long announced(HttpServerRequest request) {
    if (request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)) {
      return UNKNOWN;
    }
    String length = request.getHeader(HttpHeaderNames.CONTENT_LENGTH);
    boolean mayHaveBody =
        request.version() == HttpVersion.HTTP_2 && request.method().equals(HttpMethod.PUT);
    try {
      return length != null ? Long.parseLong(length) : mayHaveBody ? UNKNOWN : 0;
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

  /**
   * The same for a request that has a stream of its own: drains a little, then tells the client
   * that the rest is not wanted (RFC 9113, 8.1).
   */
  void settleStream() {
    if (request.isEnded()) {
      return;
    }
    long before = request.bytesRead();
    long timer = vertx.setTimer(grace.toMillis(), ignored -> resetStream());
    request.handler(
        ignored -> {
          if (request.bytesRead() - before >= COURTESY_BYTES) {
            vertx.cancelTimer(timer);
            resetStream();
          }
        });
    request.exceptionHandler(gone -> vertx.cancelTimer(timer));
    request.endHandler(ignored -> vertx.cancelTimer(timer));
    request.resume();
  }

  private void resetStream() {
    if (!request.isEnded()) {
      request.response().reset(Http2Error.NO_ERROR.code());
    }
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
