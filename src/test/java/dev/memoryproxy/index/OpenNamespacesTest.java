package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.storage.FaultyObjectStore;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which namespaces are in memory, and what opening and closing them must never lose. */
class OpenNamespacesTest {
  private static final long LARGE = 1L << 30;

  /** Nothing that is open fits. */
  private static final long NOTHING = 1;

  private static final long TWO = 2 * OpenNamespace.FIXED_BYTES + 2_000;

  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);
  private final FaultyObjectStore store = new FaultyObjectStore(bucket);

  private IndexProcess process(long budget) {
    return new IndexProcess(store, time, budget);
  }

  /** Writes a file's object, whole but for its entry. */
  private void object(String namespace, String path) {
    byte[] content = path.getBytes(StandardCharsets.UTF_8);
    Map<String, String> metadata =
        Map.of(
            "content-md5",
            Md5.of(content),
            "is-deleted",
            "false",
            "version",
            "900",
            "namespace",
            namespace,
            "write-id",
            Md5.of(content));
    bucket
        .put(
            "m/" + namespace + "/" + path,
            Payload.of(content),
            new ObjectAttributes("text/plain", metadata),
            new WriteCondition.None())
        .await();
  }

  private long checkpointsOf(String namespace) {
    return store.history().stream()
        .filter(call -> call.operation() == Operation.PUT)
        .filter(call -> call.key().equals(checkpoint(namespace)))
        .count();
  }

  private static String checkpoint(String namespace) {
    return "m/" + namespace + "/.sync-index.json";
  }

  /** A namespace with one file, in the bucket with its checkpoint and in nobody's memory. */
  private void prepared(String namespace, String path) {
    IndexProcess other = process(LARGE);
    object(namespace, path);
    assertThat(other.record(namespace, path).succeeded()).isTrue();
    assertThat(other.namespaces.close().succeeded()).isTrue();
  }

  @Test
  void unknownNamespacesLeaveNothingBehind() {
    IndexProcess process = process(LARGE);
    Random random = new Random(4);
    for (int i = 0; i < 10_000; i++) {
      String name = "guess/" + Long.toHexString(random.nextLong());
      if (i % 2 == 0) {
        assertThat(process.lookup(name, "a.md").result().entry()).isEmpty();
      } else {
        assertThat(process.files(name)).isEmpty();
      }
    }
    assertThat(process.open()).isEmpty();
    assertThat(process.namespaces.bytes()).isZero();
    assertThat(time.waiting()).isZero();
    assertThat(bucket.list("", "", 10).result().objects()).isEmpty();
  }

  @Test
  void openingThatFailsLeavesNothingBehind() {
    IndexProcess process = process(LARGE);
    store.next(1, Operation.GET, checkpoint("x")::equals).failBefore(StoreException.Kind.BUSY);
    assertThat(process.lookup("x", "a.md").failed()).isTrue();
    assertThat(process.open()).isEmpty();
    assertThat(time.waiting()).isZero();
  }

  @Test
  void concurrentFirstRequestsOpenOnce() {
    prepared("a", "one.md");
    IndexProcess process = process(LARGE);
    store.resetCounts();
    Gate gate = store.next(1, Operation.GET, checkpoint("a")::equals).holdAfter();
    Future<IndexService.Standing> first = process.lookup("a", "one.md");
    Future<SyncDocument> second = process.document("a");
    assertThat(first.isComplete() || second.isComplete()).isFalse();
    gate.release();
    assertThat(first.result().entry()).isPresent();
    assertThat(second.succeeded()).isTrue();
    assertThat(process.made).hasSize(1);
    assertThat(
            store.history().stream()
                .skip(store.history().size() - store.count())
                .filter(call -> call.key().equals(checkpoint("a"))))
        .hasSize(1);
  }

  @Test
  void leastRecentlyUsedIsClosedFirstAfterACheckpoint() {
    IndexProcess process = process(TWO);
    process.record("a", "one.md");
    process.record("b", "one.md");
    process.lookup("a", "one.md");
    assertThat(process.open()).containsExactly("a", "b");
    assertThat(checkpointsOf("b")).isZero();
    process.record("c", "one.md");
    assertThat(process.open()).containsExactly("a", "c");
    assertThat(checkpointsOf("b")).isOne();
    assertThat(checkpointsOf("a")).isZero();
    assertThat(process.namespaces.bytes()).isLessThanOrEqualTo(TWO);
  }

  @Test
  void acknowledgedWritesSurviveEvictionAndReopeningHereAndElsewhere() {
    IndexProcess process = process(NOTHING);
    IndexProcess other = process(NOTHING);
    for (int i = 0; i < 5; i++) {
      object("a", i + ".md");
      assertThat(process.record("a", i + ".md").succeeded()).isTrue();
      assertThat(process.open()).isEmpty();
      assertThat(process.files("a")).hasSize(i + 1).contains(i + ".md");
      assertThat(other.files("a")).hasSize(i + 1).contains(i + ".md");
    }
  }

  @Test
  void requestThatArrivesDuringTheClosingIsAnsweredAndCallsItOff() {
    IndexProcess process = process(NOTHING);
    object("a", "one.md");
    Gate gate = store.next(1, Operation.PUT, checkpoint("a")::equals).holdBefore();
    process.record("a", "one.md");
    assertThat(gate.reached().isComplete()).as("the closing has begun").isTrue();
    Gate reading = store.next(1, Operation.GET, key -> key.contains(".sync-log/")).holdBefore();
    Future<SyncDocument> reader = process.document("a");
    gate.release();
    assertThat(process.open()).containsExactly("a");
    reading.release();
    assertThat(reader.succeeded()).isTrue();
    assertThat(process.made).as("never open twice").hasSize(1);
    assertThat(process.open()).as("closed when the reader is gone").isEmpty();
  }

  @Test
  void requestThatCameAndWentDuringTheClosingDelaysIt() {
    IndexProcess process = process(TWO);
    process.record("a", "one.md");
    process.record("b", "one.md");
    Gate gate = store.next(1, Operation.PUT, checkpoint("a")::equals).holdBefore();
    process.record("c", "one.md");
    process.lookup("a", "one.md");
    gate.release();
    assertThat(process.open()).as("a is used most recently").containsExactly("a", "c");
  }

  @Test
  void changeThatIsQueuedDuringTheClosingIsNotLost() {
    IndexProcess process = process(NOTHING);
    object("a", "one.md");
    Gate closing = store.next(1, Operation.PUT, checkpoint("a")::equals).holdAfter();
    process.record("a", "one.md");
    assertThat(closing.reached().isComplete()).isTrue();
    object("a", "two.md");
    Gate commit = store.next(1, Operation.PUT, key -> key.contains(".sync-log/")).holdBefore();
    Future<IndexService.Recorded> queued = process.record("a", "two.md");
    closing.release();
    assertThat(process.open()).containsExactly("a");
    commit.release();
    assertThat(queued.result().kept()).isTrue();
    assertThat(process(LARGE).files("a")).containsExactly("one.md", "two.md");
  }

  @Test
  void changeThatWaitsForTheStoreKeepsItsNamespaceOpenUntilItIsOnRecord() {
    IndexProcess process = process(NOTHING);
    store
        .next(1_000, Operation.PUT, key -> key.startsWith("m/a/.sync-log/"))
        .failBefore(StoreException.Kind.BUSY);
    Future<IndexService.Recorded> change = process.record("a", "one.md");
    time.pass(11_000);
    assertThat(change.failed()).as("its asker was told to wait").isTrue();
    process.lookup("b", "one.md");
    assertThat(process.open()).containsExactly("a");
    store.heal();
    time.pass(4_000);
    assertThat(process(LARGE).files("a")).containsExactly("one.md");
    process.lookup("b", "one.md");
    assertThat(process.open()).isEmpty();
  }

  @Test
  void checkpointThatFailsNeitherLosesAWriteNorKeepsMemory() {
    IndexProcess process = process(NOTHING);
    object("a", "one.md");
    store.next(1, Operation.PUT, checkpoint("a")::equals).failBefore(StoreException.Kind.BUSY);
    assertThat(process.record("a", "one.md").succeeded()).isTrue();
    assertThat(process.open()).isEmpty();
    assertThat(process.alarms).anyMatch(alarm -> alarm.contains("checkpoint of namespace a"));
    assertThat(process.files("a")).containsExactly("one.md");
  }

  @Test
  void closingAnUnchangedNamespaceWritesNothing() {
    prepared("a", "one.md");
    store.resetCounts();
    IndexProcess process = process(NOTHING);
    assertThat(process.lookup("a", "one.md").result().entry()).isPresent();
    assertThat(process.open()).isEmpty();
    assertThat(store.count(Operation.PUT)).isZero();
  }

  @Test
  void namespaceThatIsReadIsNotClosed() {
    prepared("a", "one.md");
    IndexProcess process = process(NOTHING);
    Gate gate = store.next(1, Operation.GET, checkpoint("a")::equals).holdAfter();
    Future<SyncDocument> reader = process.document("a");
    process.record("b", "one.md");
    time.pass(61_000);
    assertThat(process.open()).containsExactly("a");
    gate.release();
    assertThat(reader.succeeded()).isTrue();
    assertThat(process.made).hasSize(2);
  }

  @Test
  void namespaceThatSomebodyWorksWithIsNotClosed() {
    prepared("a", "one.md");
    IndexProcess process = process(NOTHING);
    Promise<Void> work = Promise.promise();
    process.namespaces.use(
        IndexProcess.name("a"), open -> open.index().tail().compose(now -> work.future()));
    process.record("b", "one.md");
    assertThat(process.open()).containsExactly("a");
    work.complete();
    assertThat(process.open()).isEmpty();
  }

  @Test
  void comparisonAfterOpeningIsMadeBeforeClosing() {
    prepared("a", "one.md");
    // A process crashed between this file and its entry.
    object("a", "lost.md");
    IndexProcess process = process(NOTHING);
    process.lookup("a", "one.md");
    time.pass(3_000);
    assertThat(process.open()).isEmpty();
    assertThat(process(LARGE).files("a")).containsExactly("lost.md", "one.md");
  }

  @Test
  void objectsWithoutAnIndexAreComparedNotForgotten() {
    object("a", "lost.md");
    IndexProcess process = process(LARGE);
    assertThat(process.files("a")).isEmpty();
    time.pass(15_000);
    assertThat(process.files("a")).containsExactly("lost.md");
  }

  @Test
  void documentsGoBeforeNamespaces() {
    IndexProcess process = process(2 * OpenNamespace.FIXED_BYTES + 1_700);
    process.record("a", "one.md");
    process.record("b", "one.md");
    long without = process.namespaces.bytes();
    process.document("a");
    assertThat(process.namespaces.bytes()).isGreaterThan(without);
    time.pass(11_000);
    for (int i = 0; i < 3; i++) {
      process.record("b", i + ".md");
    }
    assertThat(process.open()).containsExactly("a", "b");
    assertThat(process.namespaces.bytes())
        .isLessThanOrEqualTo(2 * OpenNamespace.FIXED_BYTES + 1_700);
  }

  @Test
  void documentThatIsAskedForAllTheTimeOutlivesIdleNamespaces() {
    IndexProcess process = process(TWO);
    process.record("idle", "one.md");
    time.pass(1_000);
    process.record("hot", "one.md");
    SyncDocument first = process.document("hot").result();
    for (int i = 0; i < 7; i++) {
      process.record("idle-" + i, "one.md");
      assertThat(process.document("hot").result()).isSameAs(first);
    }
    assertThat(process.open()).contains("hot").hasSize(2);
  }

  @Test
  void namespaceLargerThanTheBudgetWorks() {
    IndexProcess process = process(NOTHING);
    for (int i = 0; i < 50; i++) {
      object("a", i + ".md");
      assertThat(process.record("a", i + ".md").succeeded()).isTrue();
    }
    assertThat(process.files("a")).hasSize(50);
    assertThat(process.lookup("a", "7.md").result().entry()).isPresent();
  }

  @Test
  void openingsWaitWhereClosingsCannotKeepUp() {
    IndexProcess process = process(NOTHING);
    Gate gate =
        store.next(1_000, Operation.PUT, key -> key.endsWith("/.sync-index.json")).holdBefore();
    for (int i = 0; i < 65; i++) {
      assertThat(process.record("n" + i, "one.md").succeeded()).isTrue();
    }
    Future<IndexService.Recorded> next = process.record("x", "one.md");
    Future<IndexService.Recorded> same = process.record("x", "two.md");
    assertThat(next.isComplete()).isFalse();
    assertThat(process.lookup("n1", "one.md").succeeded()).as("it is open").isTrue();
    assertThat(process.open()).hasSize(65);
    gate.release();
    assertThat(next.succeeded()).isTrue();
    assertThat(same.succeeded()).isTrue();
    assertThat(process.open()).isEmpty();
  }

  @Test
  void namespaceThatNobodyUsesForHalfAnHourIsClosed() {
    IndexProcess process = process(LARGE);
    object("a", "one.md");
    process.record("a", "one.md");
    time.pass(29 * 60_000);
    assertThat(process.open()).containsExactly("a");
    time.pass(2 * 60_000 + 1_000);
    assertThat(process.open()).isEmpty();
    assertThat(time.waiting()).isZero();
    assertThat(process.files("a")).containsExactly("one.md");
  }

  @Test
  void namespaceThatIsNeverOpenForLongIsTidiedAllTheSame() {
    IndexProcess process = process(LARGE);
    object("a", "one.md");
    process.record("a", "one.md");
    process.delete("a", "gone.md");
    for (int day = 0; day < 92; day++) {
      process.record("a", day + ".md");
      object("a", day + ".md");
      time.pass(24 * 3_600_000);
      assertThat(process.open()).isEmpty();
    }
    assertThat(process.files("a")).contains("one.md").doesNotContain("gone.md").hasSize(93);
    assertThat(logObjectsOf("a")).isLessThan(4);
    assertThat(process.alarms).isEmpty();
  }

  @Test
  void namespaceThatIsClosedAtOnceIsTidiedAllTheSame() {
    IndexProcess process = process(NOTHING);
    object("a", "one.md");
    process.record("a", "one.md");
    process.delete("a", "gone.md");
    for (int day = 0; day < 92; day++) {
      object("a", day + ".md");
      process.record("a", day + ".md");
      assertThat(process.open()).isEmpty();
      time.pass(24 * 3_600_000);
    }
    assertThat(process.files("a")).contains("one.md").doesNotContain("gone.md").hasSize(93);
    assertThat(logObjectsOf("a")).isLessThan(4);
  }

  private int logObjectsOf(String namespace) {
    return bucket.list("m/" + namespace + "/.sync-log/", "", 1000).result().objects().size();
  }

  @Test
  void indexThatWasOnlyReadLeavesNoTimers() {
    prepared("a", "one.md");
    NamespaceIndex index = process(LARGE).withoutHousekeeping("a");
    assertThat(index.tail().succeeded()).isTrue();
    assertThat(time.waiting()).isZero();
  }

  @Test
  void comparisonThatFailsIsMadeAgainSoonButNotAtOnce() {
    prepared("a", "one.md");
    object("a", "lost.md");
    IndexProcess process = process(LARGE);
    process.lookup("a", "one.md");
    store.next(1, Operation.LIST, "m/a/"::equals).failBefore(StoreException.Kind.BUSY);
    time.pass(15 * 60_000);
    assertThat(process.alarms).hasSize(1);
    assertThat(process.files("a")).containsExactly("lost.md", "one.md");
  }

  @Test
  void stopClosesAllAFewAtATime() {
    IndexProcess process = process(LARGE);
    for (int i = 0; i < 40; i++) {
      process.record("n" + i, "one.md");
    }
    Gate gate =
        store.next(40, Operation.PUT, key -> key.endsWith("/.sync-index.json")).holdBefore();
    Future<Void> closed = process.namespaces.close();
    assertThat(checkpoints()).isEqualTo(16);
    assertThat(process.lookup("n1", "one.md").failed()).isTrue();
    gate.release();
    assertThat(closed.succeeded()).isTrue();
    assertThat(checkpoints()).isEqualTo(40);
    assertThat(time.waiting()).isZero();
  }

  private long checkpoints() {
    return store.history().stream()
        .filter(call -> call.operation() == Operation.PUT)
        .filter(call -> call.key().endsWith("/.sync-index.json"))
        .count();
  }

  @Test
  void stopSaysWhichChangesItCouldNotRecord() {
    IndexProcess process = process(LARGE);
    object("a", "one.md");
    store
        .next(1_000, Operation.PUT, key -> key.startsWith("m/a/.sync-log/"))
        .failBefore(StoreException.Kind.BUSY);
    process.record("a", "one.md");
    Future<Void> closed = process.namespaces.close();
    time.pass(11_000);
    assertThat(closed.succeeded()).isTrue();
    assertThat(process.alarms)
        .anyMatch(alarm -> alarm.contains("changes of namespace a could not"));
  }
}
