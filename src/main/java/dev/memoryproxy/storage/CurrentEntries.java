package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Asks the index for the current state of files on behalf of many readers: for each namespace at
 * most {@value #QUESTIONS_AT_ONCE} questions at a time, and whoever comes while so many are under
 * way has a part in the next. So an answer always holds what was acknowledged before its reader
 * came.
 *
 * <p>An index that fails or is slow is no reason to keep a reader waiting, who can ask the store:
 * then, and where the index knows nothing, the answer is empty. Futures never fail.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
final class CurrentEntries {
  /** How long a reader waits. A look at the log's end takes one request to the store. */
  static final long PATIENCE_MILLIS = 1_000;

  /** As many as the index looks at its log's end for at a time. */
  static final int QUESTIONS_AT_ONCE = 3;

  private final IndexService index;
  private final Scheduler scheduler;
  private final Map<Namespace, Line> lines = new HashMap<>();

  CurrentEntries(IndexService index, Scheduler scheduler) {
    this.index = index;
    this.scheduler = scheduler;
  }

  /** The entry of a file after a look that began after this call; empty when nobody can tell. */
  Future<Optional<IndexEntry>> of(BlobAddress address) {
    Line line = lines.computeIfAbsent(address.namespace(), Line::new);
    if (line.slow) {
      return Future.succeededFuture(Optional.empty());
    }
    Future<Optional<IndexEntry>> answer =
        line.waiting.computeIfAbsent(address.path(), path -> Promise.promise()).future();
    line.gather();
    return answer;
  }

  /** Those who wait for the index of one namespace. */
  private final class Line {
    private final Namespace namespace;
    private Map<BlobPath, Promise<Optional<IndexEntry>>> waiting = new HashMap<>();
    private int asking;
    private boolean gathering;
    private boolean slow;

    private Line(Namespace namespace) {
      this.namespace = namespace;
    }

    /** A question that is asked now would be that of the first of those who came together. */
    private void gather() {
      if (!gathering) {
        gathering = true;
        scheduler.soon(
            () -> {
              gathering = false;
              goOn();
            });
      }
    }

    private void goOn() {
      if (!waiting.isEmpty() && asking < QUESTIONS_AT_ONCE) {
        ask();
      } else if (waiting.isEmpty() && asking == 0 && !gathering) {
        lines.remove(namespace, this);
      }
    }

    private void ask() {
      Map<BlobPath, Promise<Optional<IndexEntry>>> asked = waiting;
      waiting = new HashMap<>();
      asking++;
      Scheduler.Timer patience = scheduler.after(PATIENCE_MILLIS, () -> giveUp(asked));
      // Whatever the index throws must end the question, or nobody would ever ask the next.
      Future.succeededFuture()
          .compose(ready -> index.current(namespace, asked.keySet()))
          .onComplete(
              done -> {
                patience.cancel();
                asking--;
                slow = false;
                goOn();
                Map<BlobPath, IndexEntry> entries = done.succeeded() ? done.result() : Map.of();
                asked.forEach(
                    (path, promise) -> promise.tryComplete(Optional.ofNullable(entries.get(path))));
              });
    }

    private void giveUp(Map<BlobPath, Promise<Optional<IndexEntry>>> asked) {
      slow = true;
      Map<BlobPath, Promise<Optional<IndexEntry>>> behind = waiting;
      waiting = new HashMap<>();
      asked.values().forEach(promise -> promise.tryComplete(Optional.empty()));
      behind.values().forEach(promise -> promise.tryComplete(Optional.empty()));
    }
  }
}
