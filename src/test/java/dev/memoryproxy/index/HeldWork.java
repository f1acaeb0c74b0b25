package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;

/** Workers that work when a test says so. */
final class HeldWork implements Offload {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private int done;

  @Override
  public <T> Future<T> run(Callable<T> work) {
    Promise<T> promise = Promise.promise();
    tasks.add(
        () -> {
          try {
            promise.complete(work.call());
          } catch (Exception e) {
            promise.fail(e);
          }
        });
    return promise.future();
  }

  /** How many pieces of work wait. */
  int waiting() {
    return tasks.size();
  }

  /** How many were done. */
  int done() {
    return done;
  }

  /** Works until there is nothing more to do. */
  void all() {
    Runnable next;
    while ((next = tasks.poll()) != null) {
      done++;
      next.run();
    }
  }
}
