package dev.memoryproxy.index;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import java.util.List;

/**
 * Deletes the objects of tombstones that have left the published index; their entries stay, so that
 * a path's version never falls.
 *
 * <p>Only where the store has conditional deletes and an ETag of its own for every write. Elsewhere
 * a tombstone has the ETag of every empty file, so no condition would save a file that is written
 * in its place at the last moment. An outcome that is unknown comes round again.
 */
final class TombstoneSweep {
  private static final int AT_ONCE = 16;

  private final ObjectStore store;

  TombstoneSweep(ObjectStore store) {
    this.store = store;
  }

  /** Deletes what is still as it was listed. */
  Future<Void> run(List<BucketScan.Purged> purged) {
    if (!store.conditionalDeletes() || !store.uniqueEtags()) {
      return Future.succeededFuture();
    }
    List<BucketScan.Purged> named =
        // Whatever the probe saw: this one names no write.
        purged.stream().filter(each -> !each.etag().equals(Md5.OF_NOTHING)).toList();
    return SlidingWindow.each(
        named,
        AT_ONCE,
        each -> store.delete(each.key(), new WriteCondition.IfEtag(each.etag())).mapEmpty());
  }
}
