package dev.memoryproxy.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** Brings results of what verticles share back to the verticle that asked. */
final class OnContext {
  private OnContext() {}

  /** The same outcome, delivered on a context, whichever context made it. */
  static <T> Future<T> deliver(Context context, Future<T> future) {
    Promise<T> promise = Promise.promise();
    future.onComplete(result -> context.runOnContext(ignored -> promise.handle(result)));
    return promise.future();
  }
}
