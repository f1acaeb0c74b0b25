package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * Runs the changes of one path one after the other, so that races between this process's own
 * clients never reach the store. Not thread-safe: it belongs to one verticle's context.
 */
final class PathLocks {
  private final Map<BlobAddress, Queue<Runnable>> waiting = new HashMap<>();

  /** Runs the action when all earlier ones of the same path have completed. */
  <T> Future<T> run(BlobAddress address, Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    Runnable turn =
        () ->
            Future.succeededFuture()
                .compose(start -> action.get())
                .onComplete(
                    result -> {
                      next(address);
                      done.handle(result);
                    });
    Queue<Runnable> queue = waiting.get(address);
    if (queue == null) {
      waiting.put(address, new ArrayDeque<>());
      turn.run();
    } else {
      queue.add(turn);
    }
    return done.future();
  }

  private void next(BlobAddress address) {
    Queue<Runnable> queue = waiting.get(address);
    Runnable turn = queue == null ? null : queue.poll();
    if (turn == null) {
      waiting.remove(address);
    } else {
      turn.run();
    }
  }
}
