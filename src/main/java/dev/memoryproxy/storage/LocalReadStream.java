package dev.memoryproxy.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * Chunks from a source as a stream with back-pressure: it holds one chunk at most. Thread-safe; all
 * events come on its context.
 *
 * <p>Taking the handler away gives up the rest, which is how a {@code Pipe} ends when its target
 * fails: the source is released at once.
 */
final class LocalReadStream implements ReadStream<Buffer> {
  /** Where the chunks come from. */
  interface Source {
    /** The next chunk; called one at a time, and only while bytes remain. */
    Future<Buffer> next();

    /** Lets go of the source; called once. */
    void release();
  }

  private final Context context;
  private final Source source;
  private long remaining;
  private long demand = Long.MAX_VALUE;
  private boolean paused;
  private boolean reading;
  private boolean released;
  private boolean finished;
  private @Nullable Buffer pending;
  private @Nullable Throwable failure;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;

  LocalReadStream(Context context, Source source, long length) {
    this.context = context;
    this.source = source;
    this.remaining = length;
  }

  @Override
  public synchronized LocalReadStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    exceptionHandler = handler;
    return proceed();
  }

  @Override
  public synchronized LocalReadStream endHandler(@Nullable Handler<Void> handler) {
    endHandler = handler;
    return proceed();
  }

  @Override
  public synchronized LocalReadStream handler(@Nullable Handler<Buffer> next) {
    if (next == null && !finished) {
      finished = true;
      pending = null;
      release();
    }
    handler = next;
    return proceed();
  }

  @Override
  public synchronized LocalReadStream pause() {
    paused = true;
    demand = 0;
    return this;
  }

  @Override
  public LocalReadStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public synchronized LocalReadStream fetch(long amount) {
    paused = false;
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    return proceed();
  }

  private LocalReadStream proceed() {
    context.runOnContext(go -> step());
    return this;
  }

  private void step() {
    for (Runnable event = nextEvent(); event != null; event = nextEvent()) {
      event.run();
    }
  }

  /** Takes what is due out of the state, to be run without holding the lock. */
  private synchronized @Nullable Runnable nextEvent() {
    if (failure != null && exceptionHandler != null) {
      Handler<Throwable> receiver = exceptionHandler;
      Throwable cause = failure;
      failure = null;
      return () -> receiver.handle(cause);
    }
    if (finished || handler == null) {
      return null;
    }
    if (remaining == 0) {
      return paused || endHandler == null ? null : end(endHandler);
    }
    if (demand == 0 || reading) {
      return null;
    }
    if (pending == null) {
      reading = true;
      return () -> source.next().onComplete(this::arrived, this::failed);
    }
    return deliver(handler, pending);
  }

  private Runnable end(Handler<Void> receiver) {
    finished = true;
    release();
    return () -> receiver.handle(null);
  }

  private Runnable deliver(Handler<Buffer> receiver, Buffer chunk) {
    pending = null;
    remaining -= chunk.length();
    demand = demand == Long.MAX_VALUE ? demand : demand - 1;
    if (remaining == 0) {
      release();
    }
    return () -> receiver.handle(chunk);
  }

  private synchronized void arrived(Buffer chunk) {
    reading = false;
    pending = finished ? null : chunk;
    proceed();
  }

  private synchronized void failed(Throwable cause) {
    reading = false;
    if (!finished) {
      finished = true;
      failure = cause;
      release();
      proceed();
    }
  }

  private void release() {
    if (!released) {
      released = true;
      source.release();
    }
  }
}
