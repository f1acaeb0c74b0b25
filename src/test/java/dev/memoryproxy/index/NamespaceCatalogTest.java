package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.FaultyObjectStore;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The list of namespaces, and the registry in the bucket that it is made of. */
class NamespaceCatalogTest {
  private static final long LARGE = 1L << 30;
  private static final String REGISTRY = "m/.sync-namespaces/";

  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);
  private final FaultyObjectStore store = new FaultyObjectStore(bucket);
  private final IndexProcess process = new IndexProcess(store, time, LARGE);

  private IndexProcess another() {
    return new IndexProcess(store, time, LARGE);
  }

  private static boolean isEntry(String key) {
    return key.startsWith(REGISTRY);
  }

  private List<String> keys(String prefix) {
    return bucket.list(prefix, "", 1000).result().objects().stream()
        .map(Listing.Item::key)
        .toList();
  }

  private void put(String key, String content) {
    bucket
        .put(
            key,
            Payload.of(content.getBytes(StandardCharsets.UTF_8)),
            new ObjectAttributes("application/json", Map.of()),
            new WriteCondition.None())
        .await();
  }

  /** What a bucket looks like that no release with a registry has seen. */
  private void forgetRegistry() {
    keys(REGISTRY).forEach(key -> bucket.delete(key, new WriteCondition.None()).await());
  }

  @Test
  void emptyBucketHasNone() {
    assertThat(process.list()).isEmpty();
  }

  @Test
  void namespacesAreListedByNameWithTheirLiveFiles() {
    process.record("b/notes", "12345");
    process.record("b/notes", "1234567");
    process.record("a", "123");
    process.record("", "1234");
    assertThat(process.list()).containsExactly(" 1 4", "a 1 3", "b/notes 2 12");
  }

  @Test
  void acknowledgedNamespaceIsListedEverywhereAtOnceAndExactlySomeSecondsLater() {
    IndexProcess other = another();
    assertThat(other.list()).isEmpty();
    assertThat(process.record("a", "123").succeeded()).isTrue();
    assertThat(other.list()).containsExactly("a 0 0");
    time.pass(4_000);
    assertThat(other.list()).containsExactly("a 1 3");
  }

  @Test
  void callerSeesWhatItMay() {
    process.record("a", "123");
    process.record("b", "123");
    assertThat(process.list(name -> name.name().equals("b")).result()).containsExactly("b 1 3");
  }

  @Test
  void firstChangeWaitsForTheRegistration() {
    store
        .next(1_000, Operation.PUT, NamespaceCatalogTest::isEntry)
        .failBefore(StoreException.Kind.BUSY);
    Future<IndexService.Recorded> change = process.record("a", "123");
    time.pass(11_000);
    assertThat(change.failed()).isTrue();
    assertThat(keys("m/a/.sync-log/")).as("nothing is on record unlisted").isEmpty();
    store.heal();
    time.pass(8_000);
    assertThat(another().list()).containsExactly("a 1 3");
  }

  @Test
  void registrationWhoseAnswerIsLostCounts() {
    store
        .next(1, Operation.PUT, NamespaceCatalogTest::isEntry)
        .failAfter(StoreException.Kind.AMBIGUOUS);
    assertThat(process.record("a", "123").succeeded()).isTrue();
  }

  @Test
  void summaryThatFailsFailsNoWriteAndIsMadeUpFor() {
    process.record("a", "123");
    store
        .next(1_000, Operation.PUT, NamespaceCatalogTest::isEntry)
        .failBefore(StoreException.Kind.BUSY);
    time.pass(4_000);
    assertThat(keys("m/a/")).contains("m/a/.sync-index.json");
    assertThat(process.alarms).anyMatch(alarm -> alarm.contains("list of namespaces"));
    assertThat(process.record("a", "1234").succeeded()).isTrue();
    store.heal();
    time.pass(4_000);
    assertThat(another().list()).containsExactly("a 2 7");
  }

  @Test
  void summaryReplacesTheOneBefore() {
    for (int i = 0; i < 3; i++) {
      process.record("a", i + ".md");
      time.pass(4_000);
    }
    assertThat(keys(REGISTRY)).hasSize(1).allMatch(key -> key.matches(".*/a/.sync-at/\\d+.3.12"));
    IndexProcess other = another();
    other.record("a", "3.md");
    other.namespaces.close();
    assertThat(keys(REGISTRY)).hasSize(1).allMatch(key -> key.endsWith(".4.16"));
  }

  @Test
  void steadyWritesCostNothingMore() {
    process.record("a", "0.md");
    time.pass(4_000);
    store.resetCounts();
    for (int i = 1; i <= 20; i++) {
      process.record("a", i + ".md");
    }
    assertThat(store.count(Operation.PUT)).isEqualTo(20);
    assertThat(store.count()).isEqualTo(20);
  }

  @Test
  void thousandNamespacesAreOneRequest() {
    for (int i = 0; i < 999; i++) {
      process.record("n" + i, "123");
    }
    IndexProcess other = another();
    assertThat(other.list()).hasSize(999);
    store.resetCounts();
    assertThat(other.list()).hasSize(999);
    assertThat(store.count()).isOne();
    assertThat(store.count(Operation.LIST)).isOne();
  }

  @Test
  void namespacesOlderThanTheRegistryAreFoundOnce() {
    process.record("", "1");
    process.record("a", "123");
    process.record("a/b", "12345");
    process.namespaces.close();
    // No checkpoint yet.
    IndexProcess crashed = another();
    crashed.record("log/only", "12");
    put(
        "m/older/.sync-index.json",
        """
        {"files": {"x.md": {"md5": "0cc175b9c0f1b6a831c399e269772661",
          "last_modified": "2025-01-01T00:00:00Z", "size": 1, "is_deleted": false}},
          "index_last_modified": "2025-01-01T00:00:00Z"}""");
    put("m/plain/file.md", "no namespace");
    forgetRegistry();
    store.resetCounts();
    assertThat(another().list())
        .containsExactly(" 1 1", "a 1 3", "a/b 1 5", "log/only 1 2", "older 1 1");
    assertThat(store.count(Operation.HEAD)).as("the older one is not adopted for it").isOne();
    store.resetCounts();
    assertThat(another().list()).hasSize(5);
    assertThat(store.count()).as("the marker and one listing").isEqualTo(2);
  }

  @Test
  void discoveryPassesOverLogsAndTheRegistry() {
    for (int i = 0; i < 2_500; i++) {
      process.record("a", "123" + i);
    }
    process.record("z", "1");
    process.namespaces.close();
    forgetRegistry();
    store.resetCounts();
    assertThat(another().list()).hasSize(2);
    // Two of the bucket, the registry before and after.
    assertThat(store.count(Operation.LIST)).isEqualTo(4);
  }

  @Test
  void discoveryThatTakesLongGoesOnWhileCallersAreToldToComeBack() {
    process.record("a", "123");
    process.namespaces.close();
    forgetRegistry();
    IndexProcess other = another();
    Gate gate = store.next(1, Operation.LIST, "m/"::equals).holdBefore();
    Future<List<String>> first = other.list(everyone -> true);
    time.pass(10_000);
    Future<List<String>> second = other.list(everyone -> true);
    time.pass(10_500);
    assertThat(first.cause())
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
              assertThat(error.retryAfter()).isPresent();
            });
    assertThat(second.isComplete()).isFalse();
    gate.release();
    assertThat(second.result()).containsExactly("a 1 3");
    assertThat(store.history().stream().filter(call -> call.key().equals("m/"))).hasSize(1);
  }

  @Test
  void discoveryThatFailsIsToldAndTriedAgain() {
    process.record("a", "123");
    process.namespaces.close();
    forgetRegistry();
    IndexProcess other = another();
    store.next(1, Operation.LIST, "m/"::equals).failBefore(StoreException.Kind.BUSY);
    assertThat(other.list(everyone -> true).cause()).isInstanceOf(ProxyError.class);
    assertThat(keys(REGISTRY)).isEmpty();
    assertThat(other.list()).containsExactly("a 1 3");
  }

  @Test
  void callersShareOnlyListingsThatBeganAfterTheyArrived() {
    process.record("a", "123");
    IndexProcess other = another();
    other.list();
    Gate gate = store.next(1, Operation.LIST, REGISTRY::equals).holdAfter();
    Future<List<String>> early = other.list(everyone -> true);
    process.record("b", "123");
    store.resetCounts();
    Future<List<String>> late = other.list(everyone -> true);
    Future<List<String>> later = other.list(everyone -> true);
    gate.release();
    assertThat(early.result()).hasSize(1);
    assertThat(late.result()).hasSize(2);
    assertThat(later.result()).hasSize(2);
    assertThat(store.count(Operation.LIST)).isOne();
  }

  @Test
  void closingTellsTheListEvenWithoutACheckpoint() {
    for (int i = 0; i < 2_000; i++) {
      process.record("a", "file-" + i);
    }
    time.pass(4_000);
    process.record("a", "last");
    long checkpoints = checkpoints();
    time.pass(4_000);
    assertThat(checkpoints()).as("a large index is not rewritten for it").isEqualTo(checkpoints);
    assertThat(another().list()).hasSize(1).allMatch(line -> line.startsWith("a 2001 "));
  }

  private long checkpoints() {
    return store.history().stream()
        .filter(call -> call.operation() == Operation.PUT)
        .filter(call -> call.key().endsWith("/.sync-index.json"))
        .count();
  }

  @Test
  void defaultNamespaceIsComparedWithoutListingTheRegistry() {
    for (int i = 0; i < 4_000; i++) {
      put(REGISTRY + "n" + i + "/.sync-at/1.1.1", "");
    }
    process.record("", "1");
    store.resetCounts();
    time.pass(20_000);
    assertThat(
            store.history().stream()
                .filter(call -> call.operation() == Operation.LIST && call.key().equals("m/")))
        .hasSize(2);
  }
}
