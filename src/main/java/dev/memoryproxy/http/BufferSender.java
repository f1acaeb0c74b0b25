package dev.memoryproxy.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * Sends a large buffer that many responses share in slices, at each client's pace: writing it whole
 * would have the transport copy it whole for every slow client.
 */
final class BufferSender {
  private static final int SLICE = 64 * 1024;

  private final HttpServerResponse response;
  private final Buffer body;
  private final Promise<Void> done = Promise.promise();
  private int position;

  private BufferSender(HttpServerResponse response, Buffer body) {
    this.response = response;
    this.body = body;
  }

  /** Sends and ends; the headers must hold the length. */
  static Future<Void> send(HttpServerResponse response, Buffer body) {
    BufferSender sender = new BufferSender(response, body);
    sender.proceed();
    return sender.done.future();
  }

  private void proceed() {
    response.drainHandler(null);
    while (position < body.length() - SLICE) {
      if (response.closed()) {
        done.tryFail(new ClientGoneException());
        return;
      }
      if (response.writeQueueFull()) {
        response.exceptionHandler(ignored -> done.tryFail(new ClientGoneException()));
        response.drainHandler(ignored -> proceed());
        return;
      }
      response.write(body.slice(position, position + SLICE));
      position += SLICE;
    }
    response
        .end(body.slice(position, body.length()))
        .onComplete(
            ignored -> done.tryComplete(), cause -> done.tryFail(new ClientGoneException()));
  }
}
