package dev.memoryproxy.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * Sends a large buffer that many responses share in slices, at each client's pace: the transport
 * copies what it is given, so writing it whole would have it copied whole for every slow client. A
 * client that stops reading holds {@value #MOST_UNDER_WAY} bytes at most; they are counted here,
 * since the response's own queue counts buffers, however large.
 */
final class BufferSender {
  static final int SLICE = 64 * 1024;
  static final int MOST_UNDER_WAY = 2 * SLICE;

  private final HttpServerResponse response;
  private final Buffer body;
  private final Promise<Void> done = Promise.promise();
  private int position;
  private int underWay;
  private boolean proceeding;

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
    if (proceeding) {
      // A write that ends at once; the loop below goes on.
      return;
    }
    proceeding = true;
    while (underWay < MOST_UNDER_WAY && position >= 0 && !done.future().isComplete()) {
      if (response.closed()) {
        left();
      } else if (position < body.length() - SLICE) {
        write(body.slice(position, position + SLICE));
        position += SLICE;
      } else {
        Buffer last = body.slice(position, body.length());
        position = -1;
        response.end(last).onComplete(ignored -> done.tryComplete(), cause -> left());
      }
    }
    proceeding = false;
  }

  private void write(Buffer slice) {
    underWay += SLICE;
    response
        .write(slice)
        .onComplete(
            ignored -> {
              underWay -= SLICE;
              proceed();
            },
            cause -> left());
  }

  private void left() {
    done.tryFail(new ClientGoneException());
  }
}
