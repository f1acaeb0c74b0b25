package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * An object opened for reading. Exactly one of {@link #stream()}, {@link #bytes()} and {@link
 * #discard()} must be called, once, on any context; until then it holds a connection of the store.
 */
public interface ObjectContent {
  /** The object; its size is that of the whole object, also when a range was asked for. */
  ObjectHead head();

  /** Bytes that will be read: the range's length, or the object's size. */
  long length();

  /**
   * The bytes, with back-pressure, paused until a handler is set. Events come on the Vert.x context
   * that calls this method. An object that ends early fails the stream, it never just ends.
   *
   * <p>Taking the handler away before the end gives up the rest: what the content holds of the
   * store is freed soon, and no further event comes. That is also how a {@code Pipe} ends whose
   * destination fails.
   */
  ReadStream<Buffer> stream();

  /** Lets go of the content unread. */
  void discard();

  /** All bytes in memory; for small objects only. */
  default Future<Buffer> bytes() {
    Buffer all = Buffer.buffer((int) Math.min(length(), 1 << 20));
    Promise<Buffer> done = Promise.promise();
    ReadStream<Buffer> stream = stream();
    stream.exceptionHandler(done::tryFail);
    stream.endHandler(end -> done.tryComplete(all));
    stream.handler(all::appendBuffer);
    return done.future();
  }
}
