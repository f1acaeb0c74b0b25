package dev.memoryproxy.bus;

import static java.util.Objects.requireNonNull;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One command and the reply that is due to it. Settled on its caller's event loop, once: whatever
 * comes after that is dropped.
 */
final class Call {
  private final Object command;
  private final long limitMillis;
  private final ContextInternal caller;
  private final Outbox origin;
  private final Function<Throwable, ProxyError> errors;
  private final Runnable over;
  private final Promise<Object> reply;
  private @Nullable Shipment shipment;
  private int place;

  /**
   * @param limitMillis how long the caller waits
   * @param caller the context on which the reply arrives
   * @param origin the outbox of that context's event loop
   * @param errors what a failure of the callee is to the caller
   * @param over runs before the caller hears of the reply
   */
  Call(
      Object command,
      long limitMillis,
      ContextInternal caller,
      Outbox origin,
      Function<Throwable, ProxyError> errors,
      Runnable over) {
    this.command = command;
    this.limitMillis = limitMillis;
    this.caller = caller;
    this.origin = origin;
    this.errors = errors;
    this.over = over;
    this.reply = caller.promise();
  }

  Object command() {
    return command;
  }

  String address() {
    return command.getClass().getName();
  }

  long limitMillis() {
    return limitMillis;
  }

  ContextInternal caller() {
    return caller;
  }

  Outbox origin() {
    return origin;
  }

  Future<Object> reply() {
    return reply.future();
  }

  /** It is on its way now, with others. */
  void leaves(Shipment with, int at) {
    shipment = with;
    place = at;
  }

  /** The callee is done. */
  void settle(AsyncResult<?> result) {
    if (reply.future().isComplete()) {
      return;
    }
    requireNonNull(shipment).settled(place);
    over.run();
    try {
      if (result.succeeded()) {
        reply.complete(result.result());
      } else {
        reply.fail(errors.apply(result.cause()));
      }
    } catch (RuntimeException | Error defect) {
      // The caller's, and no reason to keep the next one waiting.
      caller.reportException(defect);
    }
  }

  /** Nobody serves the command, or its time is over. */
  void undelivered(Throwable cause) {
    settle(
        Future.failedFuture(
            cause instanceof ReplyException
                ? ProxyError.unavailable(
                    ProxyError.Kind.STORAGE_UNAVAILABLE,
                    "The service is starting, stopping or overloaded: try again.",
                    Duration.ofSeconds(2),
                    cause)
                : cause));
  }
}
