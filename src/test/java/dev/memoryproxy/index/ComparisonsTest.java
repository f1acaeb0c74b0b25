package dev.memoryproxy.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.storage.FaultyObjectStore;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How the comparisons of many namespaces with the bucket share one process. */
class ComparisonsTest {
  private static final long LARGE = 1L << 30;
  private static final int AT_ONCE = IndexEnvironment.COMPARISONS_AT_ONCE;

  /** When every comparison that follows an opening has begun, and no second look has. */
  private static final long ALL_DUE_MILLIS = 6_500;

  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);
  private final FaultyObjectStore store = new FaultyObjectStore(bucket);

  private void object(String key, String content, Map<String, String> metadata) {
    bucket
        .put(
            "m/" + key,
            new Payload.InMemory(Buffer.buffer(content)),
            new ObjectAttributes("text/plain", metadata),
            new WriteCondition.None())
        .await();
  }

  /** A namespace as a service leaves it that was stopped, with files older than their objects. */
  private void prepared(String namespace) {
    for (NamespaceSeed.Seed seed : NamespaceSeed.of("m", IndexProcess.name(namespace), 3)) {
      bucket
          .put(
              seed.key(),
              new Payload.InMemory(seed.content()),
              new ObjectAttributes("text/plain", seed.metadata()),
              new WriteCondition.None())
          .await();
    }
  }

  private List<String> comparedNow() {
    return store.history().stream()
        .filter(call -> call.operation() == Operation.LIST)
        .map(FaultyObjectStore.Call::key)
        .filter(key -> key.matches("m/n\\d+/"))
        .toList();
  }

  private IndexProcess opened(int namespaces) {
    IndexProcess process = new IndexProcess(store, time, LARGE);
    for (int i = 0; i < namespaces; i++) {
      process.lookup("n" + i, "none.md").await();
    }
    return process;
  }

  @Test
  void comparisonsOfManyNamespacesTakeTurns() {
    for (int i = 0; i < 3 * AT_ONCE; i++) {
      prepared("n" + i);
    }
    List<Gate> gates = new ArrayList<>();
    for (int i = 0; i < 3 * AT_ONCE; i++) {
      String root = "m/n" + i + "/";
      gates.add(store.next(1, Operation.LIST, root::equals).holdBefore());
    }
    opened(3 * AT_ONCE);
    time.pass(ALL_DUE_MILLIS);
    assertThat(reached(gates)).hasSize(AT_ONCE);
    reached(gates).get(0).release();
    assertThat(reached(gates)).hasSize(AT_ONCE + 1);
    gates.forEach(Gate::release);
    assertThat(comparedNow()).hasSize(3 * AT_ONCE).doesNotHaveDuplicates();
  }

  private static List<Gate> reached(List<Gate> gates) {
    return gates.stream().filter(gate -> gate.reached().isComplete()).toList();
  }

  @Test
  void nobodyWaitsForTheTimeBetweenTwoLooks() {
    for (int i = 0; i < AT_ONCE + 1; i++) {
      prepared("n" + i);
      // Written by a process that ended before it was on record: looked at twice.
      object("n" + i + "/lost.md", "lost", Map.of());
    }
    opened(AT_ONCE + 1);
    time.pass(ALL_DUE_MILLIS);
    assertThat(comparedNow()).hasSize(AT_ONCE + 1);
  }

  @Test
  void comparisonThatAReaderWaitsForGoesFirst() {
    for (int i = 0; i < 2 * AT_ONCE; i++) {
      prepared("n" + i);
    }
    Gate gate = store.next(AT_ONCE, Operation.LIST, key -> key.matches("m/n\\d+/")).holdBefore();
    IndexProcess process = opened(2 * AT_ONCE);
    time.pass(ALL_DUE_MILLIS);
    object("older/a.md", "a", Map.of());
    JsonObject entry = new JsonObject().put("md5", Md5.of("a".getBytes(UTF_8))).put("size", 1);
    object(
        "older/.sync-index.json",
        new JsonObject().put("files", new JsonObject().put("a.md", entry)).encode(),
        Map.of());
    int before = store.history().size();
    var reader = process.document("older");
    assertThat(reader.isComplete()).isFalse();
    gate.release();
    assertThat(
            store.history().stream()
                .skip(before)
                .filter(call -> call.operation() == Operation.LIST)
                .map(FaultyObjectStore.Call::key)
                .filter(key -> !key.contains("."))
                .findFirst())
        .contains("m/older/");
    // The look that the comparison and the reader shared is followed by a moment without one.
    time.pass(2);
    assertThat(reader.succeeded()).isTrue();
  }

  @Test
  void filesThatWereLookedAtAreNotLookedAtAgainAfterTheNextOpening() {
    time.pass(120_000);
    prepared("n0");
    time.pass(120_000);
    opened(1);
    time.pass(30_000);
    assertThat(store.count(Operation.HEAD)).isEqualTo(3);
    opened(1);
    time.pass(30_000);
    assertThat(comparedNow()).hasSize(2);
    assertThat(store.count(Operation.HEAD)).isEqualTo(3);
  }
}
