package dev.memoryproxy.index;

import io.vertx.core.Future;
import java.util.concurrent.Callable;

/** Takes long computations off the index's thread. */
@FunctionalInterface
public interface Offload {
  /**
   * Runs work elsewhere; the future completes on the index's own thread or context and fails with
   * what the work threw.
   */
  <T> Future<T> run(Callable<T> work);
}
