package dev.memoryproxy.bus;

import static java.util.Objects.requireNonNull;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Typed request and reply over the local event bus. What may pile up on it is bounded: beyond
 * {@value #MAX_CALLS} calls that wait for their replies, new ones are refused.
 */
public final class LocalBus {
  /** Each is a request of a client; what it holds beside is bounded where it is held. */
  private static final int MAX_CALLS = 10_000;

  private final Vertx vertx;
  private final Function<Throwable, ProxyError> errors;
  private final DeliveryOptions options;
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
    this.options =
        new DeliveryOptions()
            .setCodecName(ByReference.NAME)
            .setLocalOnly(true)
            .setSendTimeout(timeout.toMillis());
    vertx.eventBus().registerCodec(new ByReference());
  }

  /**
   * Serves a type of commands on the calling context until that context's verticle is undeployed.
   */
  public <C> Future<Void> serve(Class<C> commandType, Function<C, ? extends Future<?>> handler) {
    return vertx
        .eventBus()
        .<Parcel>localConsumer(
            commandType.getName(),
            message ->
                invoke(handler, commandType.cast(requireNonNull(message.body().content())))
                    .onComplete(
                        result ->
                            message.reply(
                                result.succeeded()
                                    ? new Parcel(result.result(), null)
                                    : new Parcel(null, result.cause()),
                                options)))
        .completion();
  }

  private static <C> Future<?> invoke(Function<C, ? extends Future<?>> handler, C command) {
    try {
      return handler.apply(command);
    } catch (RuntimeException e) {
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
    return this.<T>send(command, more).onComplete(done -> underWay.decrementAndGet());
  }

  /**
   * A call that is part of one under way, or one that must always get through; never refused for
   * their number.
   */
  public <T> Future<T> nested(Object command) {
    return send(command, Duration.ZERO);
  }

  @SuppressWarnings("unchecked") // The typed service around each command fixes the result's type.
  private <T> Future<T> send(Object command, Duration more) {
    DeliveryOptions delivery =
        more.isZero()
            ? options
            : new DeliveryOptions(options)
                .setSendTimeout(options.getSendTimeout() + more.toMillis());
    return vertx
        .eventBus()
        .<Parcel>request(command.getClass().getName(), new Parcel(command, null), delivery)
        .recover(this::undelivered)
        .compose(
            reply -> {
              Throwable error = reply.body().error();
              return error == null
                  ? Future.succeededFuture((T) reply.body().content())
                  : Future.failedFuture(errors.apply(error));
            });
  }

  private <M> Future<M> undelivered(Throwable cause) {
    if (cause instanceof ReplyException) {
      return Future.failedFuture(
          ProxyError.unavailable(
              ProxyError.Kind.STORAGE_UNAVAILABLE,
              "The service is starting, stopping or overloaded: try again.",
              Duration.ofSeconds(2),
              cause));
    }
    return Future.failedFuture(errors.apply(cause));
  }

  /** Either content or an error. */
  private record Parcel(@Nullable Object content, @Nullable Throwable error) {}

  private static final class ByReference implements MessageCodec<Parcel, Parcel> {
    private static final String NAME = "memory-proxy-by-reference";

    @Override
    public void encodeToWire(Buffer buffer, Parcel parcel) {
      throw new IllegalStateException("parcels never leave the JVM");
    }

    @Override
    public Parcel decodeFromWire(int position, Buffer buffer) {
      throw new IllegalStateException("parcels never leave the JVM");
    }

    @Override
    public Parcel transform(Parcel parcel) {
      return parcel;
    }

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public byte systemCodecID() {
      return -1;
    }
  }
}
