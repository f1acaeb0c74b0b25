package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.storage.FaultyObjectStore;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers who come while a look at the log's end is under way. */
class GlanceTest {
  private static final BlobPath NOTE = BlobPath.parseEncoded("note.md");

  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);
  private final FaultyObjectStore store = new FaultyObjectStore(bucket);
  private final IndexProcess other = new IndexProcess(bucket, time, 64 << 20);
  private NamespaceIndex index;

  @BeforeEach
  void open() {
    other.record("a", "first.md");
    index = new IndexProcess(store, time, 64 << 20).withoutHousekeeping("a");
    assertThat(read().succeeded()).isTrue();
    store.resetCounts();
  }

  private Future<Map<BlobPath, IndexEntry>> read() {
    return index.current(Set.of(NOTE));
  }

  private Gate hold() {
    return store.next(Operation.GET).holdBefore();
  }

  private int gets() {
    return store.count(Operation.GET);
  }

  @Test
  void aReaderDoesNotWaitForTheEndOfALookThatBeganBeforeItCame() {
    Gate held = hold();
    Future<?> early = read();
    Future<?> late = read();
    assertThat(late.succeeded()).isTrue();
    // It began after both had come.
    assertThat(early.succeeded()).isTrue();
    assertThat(gets()).isEqualTo(2);
    held.release();
    assertThat(read().succeeded()).isTrue();
    assertThat(gets()).isEqualTo(3);
  }

  @Test
  void aLookThatBeganBeforeAReaderCameDoesNotServeIt() {
    Gate first = hold();
    final Future<?> early = read();
    Gate second = store.next(Operation.GET).holdAfter();
    final Future<?> late = read();
    first.release();
    assertThat(early.succeeded()).isTrue();
    assertThat(late.isComplete()).isFalse();
    second.release();
    assertThat(late.succeeded()).isTrue();
    assertThat(gets()).isEqualTo(2);
  }

  @Test
  void noMoreThanTwoGoBesideItAndWhoeverComesThenSharesTheNext() {
    Gate[] held = new Gate[1 + NamespaceIndex.GLANCES_AT_ONCE];
    for (int i = 0; i < held.length; i++) {
      held[i] = hold();
      read();
    }
    Future<?> waiting = read();
    Future<?> alsoWaiting = read();
    assertThat(gets()).isEqualTo(3);
    held[2].release();
    assertThat(gets()).isEqualTo(4);
    assertThat(waiting.succeeded()).isTrue();
    assertThat(alsoWaiting.succeeded()).isTrue();
    held[1].release();
    held[0].release();
    assertThat(gets()).isEqualTo(4);
  }

  @Test
  void whatAnotherProcessWroteMeanwhileIsAppliedOnceAndShown() {
    Gate held = hold();
    final Future<?> early = read();
    other.record("a", "note.md");
    Future<Map<BlobPath, IndexEntry>> late = read();
    // It saw that there is more, which is not for it to apply.
    assertThat(late.isComplete()).isFalse();
    held.release();
    assertThat(early.succeeded()).isTrue();
    assertThat(late.result()).containsKey(NOTE);
    assertThat(index.state().seq()).isEqualTo(2);
  }

  @Test
  void whatItSawOfAStateThatHasChangedSinceCountsForNothing() {
    Gate look = hold();
    read();
    Gate glance = store.next(Operation.GET).holdAfter();
    Future<Map<BlobPath, IndexEntry>> late = read();
    other.record("a", "note.md");
    look.release();
    glance.release();
    assertThat(late.succeeded()).isTrue();
    assertThat(read().result()).containsKey(NOTE);
  }

  /** Of what it is behind, the first may be truncated before it is read. */
  @Test
  void whileItCatchesUpNobodyIsServedBesideIt() {
    for (int i = 0; i < 4; i++) {
      other.record("a", i == 0 ? "note.md" : "more-" + i + ".md");
    }
    Gate listing = store.next(Operation.LIST).holdBefore();
    final Future<?> early = read();
    int before = gets();
    Future<Map<BlobPath, IndexEntry>> late = read();
    assertThat(gets()).isEqualTo(before);
    assertThat(late.isComplete()).isFalse();
    listing.release();
    assertThat(early.succeeded()).isTrue();
    assertThat(late.result()).containsKey(NOTE);
  }

  @Test
  void oneThatFailsLeavesItsReadersToTheLook() {
    Gate held = hold();
    read();
    store.next(Operation.GET).failBefore(StoreException.Kind.AMBIGUOUS);
    Future<?> late = read();
    assertThat(late.isComplete()).isFalse();
    held.release();
    assertThat(late.succeeded()).isTrue();
  }

  @Test
  void aLookThatFailsTellsThoseWhoWaitAndLaterOnesAreServed() {
    Gate held = hold();
    final Future<?> early = read();
    Gate glance = hold();
    Future<?> late = read();
    held.fail(StoreException.Kind.AMBIGUOUS);
    assertThat(early.failed()).isTrue();
    assertThat(late.failed()).isTrue();
    assertThat(read().succeeded()).isTrue();
    glance.release();
    assertThat(read().succeeded()).isTrue();
  }

  @Test
  void anIndexThatEndsFailsItsReadersAndHearsNothingMore() {
    Gate held = hold();
    read();
    Gate glance = hold();
    Future<?> late = read();
    index.end();
    assertThat(late.failed()).isTrue();
    glance.release();
    held.release();
    assertThat(gets()).isEqualTo(2);
  }
}
