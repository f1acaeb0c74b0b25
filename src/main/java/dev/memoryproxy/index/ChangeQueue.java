package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexService.Recorded;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Changes that wait for the log, at most one for each path, oldest first. A change leaves the queue
 * only when the log has decided on it.
 */
final class ChangeQueue {
  private static final int MAX_CHANGES = 1000;
  private static final int MAX_BYTES = 1 << 20;
  private static final long OVERDUE_MILLIS = 5_000;

  private final TimeSource time;
  private final Backlog backlog;
  private final Map<String, Waiting> queued = new LinkedHashMap<>();
  private List<Waiting> taken = List.of();
  private int counted;

  /**
   * An empty queue.
   *
   * @param backlog counts what waits here
   */
  ChangeQueue(TimeSource time, Backlog backlog) {
    this.time = time;
    this.backlog = backlog;
  }

  private void count() {
    int now = queued.size() + taken.size();
    backlog.grow(now - counted);
    counted = now;
  }

  /** A change and whoever wants to know what becomes of it. */
  static final class Waiting {
    private final LogRecord made;
    private final Mark since;
    private final List<Promise<Recorded>> askers = new ArrayList<>(1);

    private Waiting(LogRecord made, Mark since) {
      this.made = made;
      this.since = since;
    }

    LogRecord made() {
      return made;
    }

    /** Tells the askers; runs their code. */
    void decide(Recorded recorded) {
      for (Promise<Recorded> asker : askers) {
        asker.tryComplete(recorded);
      }
    }
  }

  /**
   * Queues a change. Of two for one path the later version stays; whoever asked for the other is
   * told that it was not kept once the later one is on record.
   *
   * @return completes when the log has decided
   */
  Promise<Recorded> add(LogRecord made) {
    Promise<Recorded> asker = Promise.promise();
    Waiting before = queued.get(made.path());
    if (before != null && before.made.version() >= made.version()) {
      boolean same =
          before.made.version() == made.version()
              && Objects.equals(before.made.writeId(), made.writeId());
      before.askers.add(same ? asker : overtaken(asker));
      return asker;
    }
    Waiting waiting = new Waiting(made, before == null ? Mark.now(time) : before.since);
    if (before != null) {
      before.askers.forEach(asked -> waiting.askers.add(overtaken(asked)));
    }
    waiting.askers.add(asker);
    queued.put(made.path(), waiting);
    count();
    return asker;
  }

  private static Promise<Recorded> overtaken(Promise<Recorded> asker) {
    Promise<Recorded> decided = Promise.promise();
    decided
        .future()
        .map(other -> new Recorded(other.entry(), other.indexVersion(), false))
        // The asker may have stopped waiting long ago.
        .onComplete(asker::tryComplete, asker::tryFail);
    return decided;
  }

  boolean isEmpty() {
    return queued.isEmpty() && taken.isEmpty();
  }

  int size() {
    return queued.size() + taken.size();
  }

  boolean hasQueued() {
    return !queued.isEmpty();
  }

  /** Whether a change has waited so long that new writes must be refused. */
  boolean overdue() {
    Mark oldest = oldest();
    return oldest != null && oldest.elapsedMillis(time) > OVERDUE_MILLIS;
  }

  private @Nullable Mark oldest() {
    if (!taken.isEmpty()) {
      return taken.get(0).since;
    }
    Iterator<Waiting> first = queued.values().iterator();
    return first.hasNext() ? first.next().since : null;
  }

  /** Takes the oldest changes, as many as one log object holds; they stay undecided. */
  List<Waiting> take() {
    if (!taken.isEmpty()) {
      throw new IllegalStateException("one batch at a time");
    }
    List<Waiting> batch = new ArrayList<>();
    int bytes = 0;
    Iterator<Waiting> oldest = queued.values().iterator();
    while (oldest.hasNext() && batch.size() < MAX_CHANGES) {
      Waiting next = oldest.next();
      bytes += next.made.encodedBytes();
      if (bytes > MAX_BYTES && !batch.isEmpty()) {
        break;
      }
      batch.add(next);
      oldest.remove();
    }
    taken = batch;
    return batch;
  }

  /** The taken changes are decided. */
  void settled() {
    taken = List.of();
    count();
  }

  /** The taken changes are not decided: they go to the front again. */
  void giveBack() {
    if (taken.isEmpty()) {
      return;
    }
    Map<String, Waiting> later = new LinkedHashMap<>(queued);
    queued.clear();
    for (Waiting waiting : taken) {
      Waiting newer = later.get(waiting.made.path());
      if (newer == null) {
        queued.put(waiting.made.path(), waiting);
      } else if (newer.made.version() >= waiting.made.version()) {
        waiting.askers.forEach(asked -> newer.askers.add(overtaken(asked)));
      } else {
        newer.askers.forEach(asked -> waiting.askers.add(overtaken(asked)));
        later.remove(waiting.made.path());
        queued.put(waiting.made.path(), waiting);
      }
    }
    queued.putAll(later);
    taken = List.of();
    count();
  }

  /** Tells everybody who still waits that nothing will be decided here any more. */
  void abandon(Throwable cause) {
    giveBack();
    List<Waiting> all = new ArrayList<>(queued.values());
    queued.clear();
    count();
    for (Waiting waiting : all) {
      for (Promise<Recorded> asker : waiting.askers) {
        asker.tryFail(cause);
      }
    }
  }
}
