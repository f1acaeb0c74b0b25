package dev.memoryproxy.storage;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A publisher's bytes as a Vert.x stream. The publisher signals on threads of its own; everything
 * the consumer sees happens on one context.
 *
 * <p>Nothing is asked of the publisher before a handler is set, and nothing while the stream is
 * paused; at most {@link #WINDOW} pieces are under way or waiting. Small pieces are joined. Setting
 * a null handler before the end cancels the publisher: that is what a pipe does when its
 * destination fails.
 */
final class PublisherReadStream implements ReadStream<Buffer> {
  /** Pieces asked for and not yet delivered; the SDK's are 8 KiB each. */
  static final int WINDOW = 16;

  private static final int JOINED_BYTES = 64 << 10;

  private final Context context;
  private final Publisher<ByteBuffer> publisher;
  private final long length;
  private final Function<@Nullable Throwable, StoreException> failures;
  private final Queue<ByteBuffer> arrived = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean upstreamEnded;
  private volatile @Nullable Throwable upstreamFailure;

  // What follows is touched on the context only.
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable Subscription subscription;
  private boolean subscribed;
  private boolean finished;
  private long demand = Long.MAX_VALUE;
  private int window;
  private long received;

  /**
   * A stream that will deliver on this context.
   *
   * @param length bytes that make it complete
   * @param failures turns what the publisher failed with, or null when it ended early, into ours
   */
  PublisherReadStream(
      Context context,
      Publisher<ByteBuffer> publisher,
      long length,
      Function<@Nullable Throwable, StoreException> failures) {
    this.context = context;
    this.publisher = publisher;
    this.length = length;
    this.failures = failures;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> newHandler) {
    onContext(
        () -> {
          handler = newHandler;
          if (newHandler == null) {
            cancel();
          } else {
            subscribe();
            drain();
          }
        });
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> newHandler) {
    onContext(() -> endHandler = newHandler);
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> newHandler) {
    onContext(() -> exceptionHandler = newHandler);
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    onContext(() -> demand = 0);
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    if (amount < 0) {
      throw new IllegalArgumentException("cannot fetch " + amount);
    }
    onContext(
        () -> {
          demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
          schedule();
        });
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  /** Ends the stream with a failure that the publisher does not signal; from any thread. */
  void broken(Throwable failure) {
    upstreamFailure = failure;
    schedule();
  }

  private void onContext(Runnable action) {
    if (Vertx.currentContext() == context) {
      action.run();
    } else {
      context.runOnContext(turn -> action.run());
    }
  }

  private void subscribe() {
    if (!subscribed && !finished) {
      subscribed = true;
      publisher.subscribe(new Upstream());
    }
  }

  /** Looks at what arrived in another turn, once for all that arrives until then. */
  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      context.runOnContext(
          turn -> {
            scheduled.set(false);
            drain();
          });
    }
  }

  private void drain() {
    while (!finished && handler != null && demand > 0 && !arrived.isEmpty()) {
      Buffer joined = join();
      received += joined.length();
      if (demand != Long.MAX_VALUE) {
        demand--;
      }
      try {
        handler.handle(joined);
      } catch (RuntimeException e) {
        fail(e);
        return;
      }
    }
    if (finished) {
      return;
    }
    // Read in this order: what arrived before the end is in the queue when the end shows.
    Throwable failure = upstreamFailure;
    boolean ended = upstreamEnded;
    if (failure != null) {
      fail(failures.apply(failure));
    } else if (ended && arrived.isEmpty() && received != length) {
      fail(failures.apply(null));
    } else if (ended && arrived.isEmpty() && demand > 0) {
      end();
    } else {
      ask();
    }
  }

  private Buffer join() {
    Buffer joined = Buffer.buffer((int) Math.min(JOINED_BYTES, Math.max(0, length - received)));
    ByteBuffer next = arrived.peek();
    while (next != null
        && (joined.length() == 0 || joined.length() + next.remaining() <= JOINED_BYTES)) {
      arrived.poll();
      window--;
      append(joined, next);
      next = arrived.peek();
    }
    return joined;
  }

  private static void append(Buffer joined, ByteBuffer piece) {
    if (piece.hasArray()) {
      joined.appendBytes(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
    } else {
      byte[] copy = new byte[piece.remaining()];
      piece.get(copy);
      joined.appendBytes(copy);
    }
  }

  private void ask() {
    if (subscription != null && handler != null && demand > 0 && window <= WINDOW / 2) {
      int more = WINDOW - window;
      window = WINDOW;
      subscription.request(more);
    }
  }

  private void end() {
    finished = true;
    if (endHandler != null) {
      endHandler.handle(null);
    }
  }

  private void fail(Throwable failure) {
    cancel();
    if (exceptionHandler != null) {
      exceptionHandler.handle(failure);
    }
  }

  private void cancel() {
    if (finished) {
      return;
    }
    finished = true;
    arrived.clear();
    if (subscription != null) {
      subscription.cancel();
    } else if (!subscribed) {
      subscribed = true;
      publisher.subscribe(new Upstream());
    }
  }

  /** The publisher's side; its signals come on any thread. */
  private final class Upstream implements Subscriber<ByteBuffer> {
    @Override
    public void onSubscribe(Subscription opened) {
      onContext(
          () -> {
            if (finished) {
              opened.cancel();
            } else {
              subscription = opened;
              drain();
            }
          });
    }

    @Override
    public void onNext(ByteBuffer piece) {
      arrived.add(piece);
      schedule();
    }

    @Override
    public void onError(Throwable failure) {
      broken(failure);
    }

    @Override
    public void onComplete() {
      upstreamEnded = true;
      schedule();
    }
  }
}
