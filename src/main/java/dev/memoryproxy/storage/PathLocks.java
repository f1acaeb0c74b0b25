package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * Runs the changes of one object one after the other, by whatever namespace's name they call it, so
 * that races between this process's own clients never reach the store. Not thread-safe: it belongs
 * to one verticle's context.
 */
final class PathLocks {
  private final Map<String, Queue<Runnable>> waiting = new HashMap<>();

  /** Runs the action when all earlier ones of the same key have completed. */
  <T> Future<T> run(String key, Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    Runnable turn =
        () ->
            Future.succeededFuture()
                .compose(start -> action.get())
                .onComplete(
                    result -> {
                      next(key);
                      done.handle(result);
                    });
    Queue<Runnable> queue = waiting.get(key);
    if (queue == null) {
      waiting.put(key, new ArrayDeque<>());
      turn.run();
    } else {
      queue.add(turn);
    }
    return done.future();
  }

  private void next(String key) {
    Queue<Runnable> queue = waiting.get(key);
    Runnable turn = queue == null ? null : queue.poll();
    if (turn == null) {
      waiting.remove(key);
    } else {
      turn.run();
    }
  }
}
