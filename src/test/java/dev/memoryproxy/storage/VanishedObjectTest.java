package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.Precondition.IfAbsent;
import dev.memoryproxy.blob.Precondition.IfMd5;
import dev.memoryproxy.blob.Precondition.IfVersion;
import dev.memoryproxy.blob.Precondition.None;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Writes to files whose objects somebody removed behind the index's back. */
class VanishedObjectTest {
  private static final BlobAddress NOTE =
      new BlobAddress(Namespace.DEFAULT, BlobPath.parse("notes/a.md"));
  private static final String KEY = "memory/notes/a.md";
  private static final String ONE = md5("one");

  private final FaultyObjectStore store =
      new FaultyObjectStore(new MemoryObjectStore(TimeSource.SYSTEM));
  private final MapIndex index = new MapIndex();
  private final AtomicInteger ids = new AtomicInteger();
  private final BlobWriter writer = writer(index);

  private BlobWriter writer(MapIndex known) {
    return new BlobWriter(
        store,
        known,
        "memory",
        TimeSource.SYSTEM,
        Backoff.of(new SplittableRandom(1), delay -> Future.succeededFuture()),
        () -> "write-" + ids.incrementAndGet());
  }

  private static String md5(String text) {
    return Md5.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static PutCommand put(Precondition precondition, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutCommand(NOTE, precondition, Payload.of(bytes), Md5.of(bytes), "text/markdown");
  }

  private static <T> T done(Future<T> future) {
    assertThat(future).isNotNull();
    assertThat(future.isComplete()).isTrue();
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    return future.result();
  }

  private static ProxyError refused(Future<?> future) {
    assertThat(future.failed()).as("%s", future).isTrue();
    return StorageErrors.toProxyError(future.cause());
  }

  private void remove() {
    done(store.delete(KEY, new WriteCondition.None()));
  }

  private Optional<StoredBlob> object() {
    return done(store.head(KEY))
        .map(head -> StoredBlob.of(head, Optional.empty(), System.currentTimeMillis()));
  }

  /** A listed file without its object. */
  private IndexEntry vanished() {
    IndexEntry entry = done(writer.put(put(new IfAbsent(), "one"))).entry();
    remove();
    return entry;
  }

  /** What the command reindex leaves of a file that is gone. */
  private IndexEntry tombstoneWithoutObject() {
    IndexEntry entry = vanished();
    return done(index.record(
            Namespace.DEFAULT,
            new Change(
                NOTE.path(),
                null,
                entry.version(),
                entry.version() + 1,
                entry.md5(),
                Md5.OF_NOTHING,
                0,
                entry.lastModified(),
                true)))
        .entry();
  }

  private void assertRestored(IndexEntry before, Written written, boolean created) {
    assertThat(written.created()).isEqualTo(created);
    assertThat(written.entry().version()).isGreaterThan(before.version());
    StoredBlob object = object().orElseThrow();
    assertThat(object.version()).isEqualTo(written.entry().version());
    assertThat(object.deleted()).isFalse();
    Change recorded = index.recorded.get(index.recorded.size() - 1);
    assertThat(recorded.previousVersion())
        .as("the log decides between two such writes")
        .isEqualTo(before.version());
  }

  @Test
  void theListedVersionBringsTheFileBack() {
    IndexEntry listed = vanished();
    Precondition precondition = new IfVersion(listed.version());
    done(writer.admit(NOTE, precondition, Announcement.NOT_REPEATABLE));
    assertRestored(listed, done(writer.put(put(precondition, "two"))), false);
  }

  @Test
  void theListedMd5BringsTheFileBackEvenWithTheSameContent() {
    IndexEntry listed = vanished();
    done(writer.admit(NOTE, new IfMd5(ONE), Announcement.NOT_REPEATABLE));
    assertRestored(listed, done(writer.put(put(new IfMd5(ONE), "one"))), false);
  }

  @Test
  void whatAnOutdatedMemoryDoesNotKnowIsLookedUpAtTheLogsEnd() {
    MapIndex behind = new MapIndex();
    IndexEntry listed = vanished();
    behind.unread.putAll(index.entries);
    BlobWriter other = writer(behind);
    Precondition precondition = new IfVersion(listed.version());
    done(other.admit(NOTE, precondition, Announcement.NOT_REPEATABLE));
    assertThat(done(other.put(put(precondition, "two"))).created()).isFalse();
  }

  @Test
  void absenceIsStillACondition() {
    IndexEntry listed = vanished();
    done(writer.admit(NOTE, new IfAbsent(), Announcement.NOT_REPEATABLE));
    assertRestored(listed, done(writer.put(put(new IfAbsent(), "two"))), true);
  }

  @Test
  void anotherStateThanTheListedOneIsRefused() {
    IndexEntry listed = vanished();
    for (Precondition outdated :
        new Precondition[] {new IfVersion(listed.version() - 1), new IfMd5(md5("other"))}) {
      assertThat(
              refused(writer.admit(NOTE, outdated, Announcement.NOT_REPEATABLE))
                  .context()
                  .get("current_version"))
          .isEqualTo("none");
      assertThat(refused(writer.put(put(outdated, "two"))).kind())
          .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
      assertThat(refused(writer.delete(NOTE, outdated)).kind())
          .isEqualTo(ProxyError.Kind.NOT_FOUND);
    }
    assertThat(object()).isEmpty();
  }

  @Test
  void deletingLeavesATombstoneWithTheListedMd5() {
    for (int round = 0; round < 3; round++) {
      index.entries.clear();
      IndexEntry listed = vanished();
      Precondition precondition =
          new Precondition[] {new None(), new IfVersion(listed.version()), new IfMd5(ONE)}[round];
      IndexEntry tombstone = done(writer.delete(NOTE, precondition)).entry();
      assertThat(tombstone.deleted()).isTrue();
      assertThat(tombstone.md5()).isEqualTo(ONE);
      assertThat(tombstone.version()).isGreaterThan(listed.version());
      StoredBlob object = object().orElseThrow();
      assertThat(object.deleted()).isTrue();
      assertThat(object.md5()).isEqualTo(ONE);
      assertThat(object.version()).isEqualTo(tombstone.version());
      assertThat(refused(writer.delete(NOTE, new None())).kind())
          .isEqualTo(ProxyError.Kind.NOT_FOUND);
      remove();
    }
  }

  @Test
  void aTombstonesVersionCreatesAlsoWithoutItsObject() {
    IndexEntry tombstone = tombstoneWithoutObject();
    Precondition precondition = new IfVersion(tombstone.version());
    done(writer.admit(NOTE, precondition, Announcement.NOT_REPEATABLE));
    assertThat(refused(writer.put(put(new IfMd5(ONE), "two"))).kind())
        .as("an MD5 never matches a tombstone")
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(refused(writer.delete(NOTE, new None())).kind())
        .isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertRestored(tombstone, done(writer.put(put(precondition, "two"))), true);
  }

  @Test
  void ofTwoThatBringItBackOneWins() {
    IndexEntry listed = vanished();
    MapIndex other = new MapIndex();
    other.entries.putAll(index.entries);
    Precondition precondition = new IfVersion(listed.version());
    // The first one has asked the store and the index, and is about to write.
    Gate gate = store.next(Operation.PUT).holdBefore();
    Future<Written> slow = writer.put(put(precondition, "one"));
    assertThat(slow.isComplete()).isFalse();
    Written fast = done(writer(other).put(put(precondition, "fast")));
    index.entries.putAll(other.entries);
    gate.release();
    assertThat(refused(slow).context())
        .containsEntry("current_version", Long.toString(fast.entry().version()));
    assertThat(object().orElseThrow().md5()).isEqualTo(md5("fast"));
  }

  @Test
  void aLostAnswerIsSettledByTheWriteId() {
    IndexEntry listed = vanished();
    store.next(Operation.PUT).failAfter(StoreException.Kind.AMBIGUOUS);
    assertRestored(listed, done(writer.put(put(new IfVersion(listed.version()), "one"))), false);
    assertThat(index.recorded).hasSize(2);
  }
}
