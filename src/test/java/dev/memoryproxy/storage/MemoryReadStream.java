package dev.memoryproxy.storage;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes in memory as a stream with back-pressure. Events come on the Vert.x context that created
 * it; without one, on the thread that sets a handler or asks for more, before that call returns.
 */
final class MemoryReadStream implements ReadStream<Buffer> {
  private static final int CHUNK = 8192;

  private final @Nullable Context context = Vertx.currentContext();
  private final Buffer bytes;
  private final int to;
  private int position;
  private long demand = Long.MAX_VALUE;
  private boolean paused;
  private boolean draining;
  private boolean ended;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;

  MemoryReadStream(Buffer bytes, int from, int to) {
    this.bytes = bytes;
    this.position = from;
    this.to = to;
  }

  @Override
  public MemoryReadStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public MemoryReadStream handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    return drainOnContext();
  }

  @Override
  public MemoryReadStream endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    return drainOnContext();
  }

  @Override
  public MemoryReadStream pause() {
    demand = 0;
    paused = true;
    return this;
  }

  @Override
  public MemoryReadStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public MemoryReadStream fetch(long amount) {
    paused = false;
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    return drainOnContext();
  }

  private MemoryReadStream drainOnContext() {
    if (context == null) {
      drain();
    } else {
      context.runOnContext(go -> drain());
    }
    return this;
  }

  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      while (handler != null && demand > 0 && position < to) {
        int size = Math.min(CHUNK, to - position);
        Buffer chunk = bytes.getBuffer(position, position + size);
        position += size;
        if (demand != Long.MAX_VALUE) {
          demand--;
        }
        handler.handle(chunk);
      }
      if (handler != null && position == to && !ended && endHandler != null && !paused) {
        ended = true;
        endHandler.handle(null);
      }
    } finally {
      draining = false;
    }
  }
}
