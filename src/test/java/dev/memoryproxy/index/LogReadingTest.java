package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Log objects that are large, are not ours, or stop their namespace. */
class LogReadingTest {
  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);

  private void put(String key, Buffer content, Map<String, String> metadata) {
    bucket
        .put(
            key,
            new Payload.InMemory(content),
            new ObjectAttributes("text/plain", metadata),
            new WriteCondition.None())
        .await();
  }

  /** A namespace with its files and one log object that lists them all, without a checkpoint. */
  private void logOf(String namespace, int files) {
    NamespaceSeed.of("m", IndexProcess.name(namespace), files).stream()
        .filter(seed -> !seed.key().endsWith(CheckpointStore.NAME))
        .forEach(seed -> put(seed.key(), seed.content(), seed.metadata()));
  }

  private static String logKey(String namespace, long seq) {
    return "m/%s/.sync-log/%020d.json".formatted(namespace, seq);
  }

  private NamespaceIndex index(String namespace, Offload offload, List<Alarms.Kind> alarms) {
    IndexEnvironment environment =
        new IndexEnvironment(
            bucket,
            time,
            time,
            new SplittableRandom(3),
            offload,
            (kind, message) -> alarms.add(kind),
            new Turns(1));
    return new NamespaceIndex(
        environment, IndexSettings.DEFAULT, "m", IndexProcess.name(namespace));
  }

  @Test
  void largeLogObjectsAreDecodedElsewhereAlsoWhenANamespaceIsOpened() {
    logOf("a", 1000);
    HeldWork later = new HeldWork();
    NamespaceIndex index = index("a", later, new ArrayList<>());
    Future<Void> opened = index.tail();
    assertThat(opened.isComplete()).isFalse();
    assertThat(later.waiting()).isOne();
    later.all();
    assertThat(opened.succeeded()).isTrue();
    assertThat(index.size()).isEqualTo(1000);
    index.end();
  }

  @Test
  void anObjectTooLargeForTheLogCountsAsDamage() {
    logOf("a", 2);
    HeldWork later = new HeldWork();
    List<Alarms.Kind> alarms = new ArrayList<>();
    NamespaceIndex running = index("a", later, alarms);
    assertThat(running.tail().succeeded()).isTrue();
    put(logKey("a", 2), Buffer.buffer(new byte[17 << 20]), Map.of());
    for (NamespaceIndex index : List.of(running, index("a", later, alarms))) {
      Future<Void> answered = index.tail();
      later.all();
      time.pass(1_000);
      later.all();
      assertThat(answered.succeeded()).isTrue();
      assertThat(alarms).containsOnly(Alarms.Kind.CORRUPT);
      alarms.clear();
      index.end();
    }
  }

  @Test
  void aNamespaceOfANewerReleaseStopsNoOther() {
    IndexProcess process = new IndexProcess(bucket, time, 1L << 30);
    process.record("a", "one.md");
    process.record("b", "one.md");
    Buffer newer = Buffer.buffer("{\"format\":2,\"any");
    put(logKey("a", 2), newer, Map.of());
    for (int i = 0; i < 3; i++) {
      assertThat(process.document("a").failed()).isTrue();
      assertThat(process.record("a", i + ".md").isComplete()).isFalse();
      assertThat(process.record("b", i + ".md").succeeded()).isTrue();
      assertThat(process.files("b")).contains(i + ".md");
      time.pass(11_000);
    }
    assertThat(bucket.getWhole(logKey("a", 2), 100).result().orElseThrow().bytes())
        .isEqualTo(newer);
  }
}
