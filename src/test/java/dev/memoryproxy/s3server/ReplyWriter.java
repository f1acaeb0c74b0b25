package dev.memoryproxy.s3server;

import dev.memoryproxy.s3server.Fault.Action;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Sends an answer: large bodies in pieces with back-pressure, so that what is counted was taken.
 */
final class ReplyWriter {
  private static final int PIECE = 64 << 10;

  private final RequestCounts counts;

  ReplyWriter(RequestCounts counts) {
    this.counts = counts;
  }

  void send(
      HttpServerRequest request,
      S3Operation operation,
      RequestPipeline.Outcome outcome,
      String date,
      String requestId) {
    boolean head = request.method().equals(HttpMethod.HEAD);
    S3Reply reply = head ? outcome.reply().headersOnly() : outcome.reply();
    HttpServerResponse response = request.response();
    response.setStatusCode(reply.status());
    reply.headers().forEach(response::putHeader);
    response.putHeader("Date", date).putHeader("x-amz-request-id", requestId);
    if (reply.status() != 204 && reply.status() != 304) {
      response.putHeader("Content-Length", Long.toString(reply.length()));
    }
    Body body = new Body(request, operation, reply.body());
    for (Action action : outcome.struck()) {
      if (action instanceof Action.Trickle trickle) {
        body.piece = trickle.bytes();
        body.everyMillis = trickle.everyMillis();
      } else if (action instanceof Action.Truncate truncate && truncate.bytes() < body.end) {
        body.end = truncate.bytes();
        body.complete = false;
      }
    }
    body.write();
  }

  /** A body on its way out. */
  private final class Body {
    private final HttpServerRequest request;
    private final S3Operation operation;
    private final Buffer bytes;
    private int piece = PIECE;
    private long everyMillis;
    private int end;
    private boolean complete = true;
    private int at;

    Body(HttpServerRequest request, S3Operation operation, Buffer bytes) {
      this.request = request;
      this.operation = operation;
      this.bytes = bytes;
      this.end = bytes.length();
    }

    void write() {
      HttpServerResponse response = request.response();
      if (complete && everyMillis == 0 && bytes.length() <= PIECE) {
        counts.wrote(operation, bytes.length());
        drop(response.end(bytes));
        return;
      }
      while (at < end && !response.closed() && !response.writeQueueFull()) {
        Buffer next = bytes.slice(at, Math.min(end, at + piece));
        at += next.length();
        drop(response.write(next).onSuccess(done -> counts.wrote(operation, next.length())));
        if (everyMillis > 0) {
          break;
        }
      }
      if (response.closed()) {
        return;
      }
      if (at == end) {
        finish();
      } else if (everyMillis > 0) {
        Vertx.currentContext().owner().setTimer(everyMillis, timer -> write());
      } else {
        response.drainHandler(drained -> write());
      }
    }

    private void finish() {
      if (complete) {
        drop(request.response().end());
      } else {
        drop(request.connection().close());
      }
    }
  }

  /** A client that went away is not this server's concern. */
  static void drop(Future<?> ignored) {
    ignored.onFailure(gone -> {});
  }
}
