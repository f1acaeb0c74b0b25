package dev.memoryproxy.index;

import dev.memoryproxy.storage.Listing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Deletes log objects that a durable checkpoint holds and that nobody can still need. Ages are
 * judged by the store's clock on both ends. The last object that the checkpoint holds stays, so
 * that whoever opens the namespace can tell a complete log from a truncated one.
 */
final class Truncation {
  private static final int AT_ONCE = 16;

  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final LogStore log;
  private final long retentionMillis;

  Truncation(IndexEnvironment environment, Set<Rule> broken, LogStore log, long retentionMillis) {
    this.environment = environment;
    this.broken = broken;
    this.log = log;
    this.retentionMillis = retentionMillis;
  }

  /**
   * Whether there may be anything to delete.
   *
   * @param oldestAge of the log's first object, in milliseconds of the store's clock
   */
  boolean due(long oldestAge) {
    return oldestAge > retentionMillis;
  }

  /**
   * Deletes what may go.
   *
   * @param covered a number that a checkpoint in the bucket certainly holds
   */
  Future<Void> run(long covered) {
    if (covered < 2) {
      return Future.succeededFuture();
    }
    return log.listFrom(1)
        .compose(
            tail -> {
              long now =
                  broken.contains(Rule.TRUNCATION_BY_STORE_CLOCK)
                      ? environment.time().wallMillis()
                      : tail.storeTime();
              List<Long> old = new ArrayList<>();
              for (int i = 0; i < tail.numbers().size(); i++) {
                Listing.Item item = tail.objects().get(i);
                long seq = tail.numbers().get(i);
                if (seq < covered && now - item.lastModified() > retentionMillis) {
                  old.add(seq);
                }
              }
              return delete(old, 0);
            });
  }

  /** Oldest first, so that an interrupted truncation leaves no hole in the middle. */
  private Future<Void> delete(List<Long> old, int from) {
    if (from >= old.size()) {
      return Future.succeededFuture();
    }
    List<Long> some = old.subList(from, Math.min(old.size(), from + AT_ONCE));
    return Future.join(some.stream().map(log::delete).toList())
        .compose(deleted -> delete(old, from + AT_ONCE));
  }
}
