package dev.memoryproxy.http;

import dev.memoryproxy.storage.BlobContent;
import dev.memoryproxy.storage.ObjectContent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.ReadStream;

/**
 * Streams a file to a client at the client's pace. Unlike a pipe it tells a client that went away,
 * which is nobody's fault, from a store that broke off, which is one. Confined to the request's
 * event loop.
 *
 * <p>A client that stops reading holds {@value #MOST_UNDER_WAY} bytes and one piece of the store's
 * at most. They are counted here: the response's own queue counts buffers, however large.
 */
final class ContentSender {
  static final int MOST_UNDER_WAY = 64 * 1024;

  private final HttpServerResponse response;
  private final ReadStream<Buffer> source;
  private final long length;
  private final Promise<Void> done = Promise.promise();
  private long taken;
  private int underWay;
  private boolean holding;

  private ContentSender(HttpServerResponse response, ObjectContent content, long length) {
    this.response = response;
    this.source = content.stream();
    this.length = length;
  }

  /**
   * Sends the content and ends the answer, whose headers must be complete. Fails with {@link
   * ClientGoneException}, or with what the store failed with; the answer has not ended then.
   *
   * @param length the bytes that the headers promise
   */
  static Future<Void> send(HttpServerResponse response, BlobContent content, long length) {
    if (response.closed()) {
      content.discard();
      return Future.failedFuture(new ClientGoneException());
    }
    return content instanceof BlobContent.Streamed streamed
        ? new ContentSender(response, streamed.object(), length).start()
        : BufferSender.send(response, ((BlobContent.InMemory) content).bytes());
  }

  private Future<Void> start() {
    // Also while the store is slow and nothing is being written.
    response.closeHandler(
        ignored -> {
          if (!response.ended()) {
            fail(new ClientGoneException());
          }
        });
    source.exceptionHandler(done::tryFail);
    source.endHandler(ignored -> end());
    source.resume();
    source.handler(this::take);
    return done.future();
  }

  private void take(Buffer chunk) {
    taken += chunk.length();
    if (taken > length) {
      fail(new IllegalStateException("the store sent more than " + length + " bytes"));
      return;
    }
    underWay += chunk.length();
    response
        .write(chunk)
        .onComplete(ignored -> written(chunk.length()), cause -> fail(new ClientGoneException()));
    if (underWay >= MOST_UNDER_WAY && !done.future().isComplete()) {
      holding = true;
      source.pause();
    }
  }

  private void written(int bytes) {
    underWay -= bytes;
    if (holding && underWay < MOST_UNDER_WAY && !done.future().isComplete()) {
      holding = false;
      source.resume();
    }
  }

  private void end() {
    if (taken < length) {
      done.tryFail(new IllegalStateException("the store sent " + taken + " of " + length));
    } else if (!done.future().isComplete()) {
      response
          .end()
          .onComplete(ignored -> done.tryComplete(), cause -> fail(new ClientGoneException()));
    }
  }

  /** Gives up the rest of the content, which lets go of the store. */
  private void fail(RuntimeException cause) {
    if (done.tryFail(cause)) {
      source.handler(null);
    }
  }
}
