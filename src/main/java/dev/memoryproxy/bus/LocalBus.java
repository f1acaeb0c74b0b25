package dev.memoryproxy.bus;

import static java.util.Objects.requireNonNull;

import dev.memoryproxy.blob.ProxyError;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Typed request and reply over the local event bus. What may pile up on it is bounded: beyond
 * {@value #MAX_CALLS} calls that wait for their replies, new ones are refused.
 *
 * <p>What an event loop has to say to one address in one of its turns goes as one message, and so
 * do the replies that it owes to another event loop: waking a thread and passing a message cost
 * more than most of what is asked for. Calls to one address arrive in the order in which they were
 * made; replies come as soon as each is there.
 */
public final class LocalBus {
  /** Each is a request of a client; what it holds beside is bounded where it is held. */
  private static final int MAX_CALLS = 10_000;

  private final Vertx vertx;
  private final Function<Throwable, ProxyError> errors;
  private final Duration timeout;
  private final DeliveryOptions options =
      new DeliveryOptions().setCodecName(ByReference.NAME).setLocalOnly(true);
  private final Map<EventLoop, Outbox> outboxes = new ConcurrentHashMap<>();
  private final AtomicInteger underWay = new AtomicInteger();

  /**
   * Registers the codec with the Vert.x instance: create one for each instance and share it.
   *
   * @param errors what a failure of the callee is to its caller
   * @param timeout how long a call may take before the caller stops waiting; longer than any
   *     deadline that the callee keeps itself
   */
  public LocalBus(Vertx vertx, Function<Throwable, ProxyError> errors, Duration timeout) {
    this.vertx = vertx;
    this.errors = errors;
    this.timeout = timeout;
    vertx.eventBus().registerCodec(new ByReference());
  }

  /**
   * Serves a type of commands on the calling context until that context's verticle is undeployed.
   */
  public <C> Future<Void> serve(Class<C> commandType, Function<C, ? extends Future<?>> handler) {
    Outbox outbox = outbox((ContextInternal) vertx.getOrCreateContext());
    return vertx
        .eventBus()
        .<ByReference.Parcel>localConsumer(
            commandType.getName(),
            message -> {
              for (Call call : message.body().calls()) {
                invoke(handler, commandType.cast(call.command()))
                    .onComplete(result -> outbox.answer(call, result));
              }
            })
        .completion();
  }

  private static <C> Future<?> invoke(Function<C, ? extends Future<?>> handler, C command) {
    try {
      return requireNonNull(handler.apply(command), "a handler without a future");
    } catch (RuntimeException | Error e) {
      // Whatever it is, the other calls of the message must be heard.
      return Future.failedFuture(e);
    }
  }

  /**
   * Calls whoever serves commands of this type; fails with {@link ProxyError} only, {@code
   * OVERLOADED} when too many calls are under way.
   */
  public <T> Future<T> call(Object command) {
    return call(command, Duration.ZERO);
  }

  /**
   * The same for a command that may take longer.
   *
   * @param more how much longer
   */
  public <T> Future<T> call(Object command, Duration more) {
    if (underWay.incrementAndGet() > MAX_CALLS) {
      underWay.decrementAndGet();
      return Future.failedFuture(
          ProxyError.unavailable(
              ProxyError.Kind.OVERLOADED,
              "Too many requests are under way: try again in a moment.",
              Duration.ofSeconds(5),
              null));
    }
    return send(command, timeout.plus(more), underWay::decrementAndGet);
  }

  /**
   * A call that is part of one under way, or one that must always get through; never refused for
   * their number.
   */
  public <T> Future<T> nested(Object command) {
    return send(command, timeout, () -> {});
  }

  @SuppressWarnings("unchecked") // The typed service around each command fixes the result's type.
  private <T> Future<T> send(Object command, Duration limit, Runnable over) {
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    Outbox outbox = outbox(context);
    Call call = new Call(command, limit.toMillis(), context, outbox, errors, over);
    outbox.call(call);
    return (Future<T>) call.reply();
  }

  private Outbox outbox(ContextInternal context) {
    EventLoop eventLoop = context.nettyEventLoop();
    Outbox known = outboxes.get(eventLoop);
    return known != null
        ? known
        : outboxes.computeIfAbsent(eventLoop, loop -> new Outbox(loop, this::deliver));
  }

  private Future<Void> deliver(String address, List<Call> calls) {
    return vertx
        .eventBus()
        .<ByReference.Parcel>sender(address, options)
        .write(new ByReference.Parcel(calls));
  }
}
