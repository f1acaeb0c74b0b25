package dev.memoryproxy.http;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Bytes as a stream that honours back-pressure, counts what it gave out and can break off. */
class ByteStream implements ReadStream<Buffer> {
  static final int CHUNK = 16 * 1024;

  /** Bytes given out so far; any thread may look. */
  final AtomicLong emitted = new AtomicLong();

  /** Called when the last byte was given out, or the reader gave up. */
  volatile Runnable onEnd = () -> {};

  private final byte[] bytes;
  private final long failAt;
  private final Context context;
  private int position;
  private long demand;
  private boolean finished;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  ByteStream(byte[] bytes) {
    this(bytes, Long.MAX_VALUE);
  }

  /** Fails once this many bytes were given out. */
  ByteStream(byte[] bytes, long failAt) {
    this.bytes = bytes;
    this.failAt = failAt;
    this.context = Vertx.currentContext();
  }

  @Override
  public ByteStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return this;
  }

  @Override
  public ByteStream handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    if (handler == null && !finished) {
      finished = true;
      onEnd.run();
    }
    return this;
  }

  @Override
  public ByteStream endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return this;
  }

  @Override
  public ByteStream pause() {
    demand = 0;
    return this;
  }

  @Override
  public ByteStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ByteStream fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    context.runOnContext(ignored -> emit());
    return this;
  }

  private void emit() {
    if (demand == 0 || finished) {
      return;
    }
    if (position >= failAt) {
      finished = true;
      if (exceptionHandler != null) {
        exceptionHandler.handle(new IllegalStateException("the store broke off"));
      }
    } else if (position == bytes.length) {
      finished = true;
      onEnd.run();
      if (endHandler != null) {
        endHandler.handle(null);
      }
    } else {
      int length = Math.min(CHUNK, bytes.length - position);
      Buffer chunk = Buffer.buffer(length).appendBytes(bytes, position, length);
      position += length;
      demand = demand == Long.MAX_VALUE ? demand : demand - 1;
      emitted.addAndGet(length);
      if (handler != null) {
        handler.handle(chunk);
      }
      context.runOnContext(ignored -> emit());
    }
  }
}
