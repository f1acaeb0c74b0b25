package dev.memoryproxy.index;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Does the same with many things, so many at a time: the next begins when any of them is done.
 * After a failure nothing new begins. Belongs to one thread.
 */
final class SlidingWindow<T> {
  private final Iterator<T> items;
  private final int atOnce;
  private final Function<T, Future<Void>> task;
  private final Promise<Void> end = Promise.promise();
  private int running;
  private boolean starting;
  private @Nullable Throwable failure;

  private SlidingWindow(Iterator<T> items, int atOnce, Function<T, Future<Void>> task) {
    this.items = items;
    this.atOnce = atOnce;
    this.task = task;
  }

  /** Completes when all are done, or fails as the first that failed once none is under way. */
  static <T> Future<Void> each(Iterable<T> items, int atOnce, Function<T, Future<Void>> task) {
    SlidingWindow<T> window = new SlidingWindow<>(items.iterator(), atOnce, task);
    window.start();
    return window.end.future();
  }

  private void start() {
    // A loop and not a recursion: a task may be done when it returns.
    starting = true;
    // Two for each that is done, so that a full window is not sent off in one turn of the loop.
    int most = Math.min(atOnce, running + 2);
    while (running < most && failure == null && items.hasNext()) {
      running++;
      task.apply(items.next()).onComplete(this::ended);
    }
    starting = false;
    if (running == 0) {
      if (failure == null) {
        end.tryComplete();
      } else {
        end.tryFail(failure);
      }
    }
  }

  private void ended(AsyncResult<Void> result) {
    running--;
    if (result.failed() && failure == null) {
      failure = result.cause();
    }
    if (!starting) {
      start();
    }
  }
}
