package dev.memoryproxy.index;

import io.vertx.core.Future;
import java.util.concurrent.Callable;

/** Does the work within the call. */
record AtOnce() implements Offload {
  @Override
  public <T> Future<T> run(Callable<T> work) {
    try {
      return Future.succeededFuture(work.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }
}
