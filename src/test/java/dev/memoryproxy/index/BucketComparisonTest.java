package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.FaultyObjectStore;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** All namespaces of a bucket compared, as the command does it. */
class BucketComparisonTest {
  private final ManualScheduler time = new ManualScheduler();
  private final MemoryObjectStore bucket = new MemoryObjectStore(time);
  private final FaultyObjectStore store = new FaultyObjectStore(bucket);
  private final IndexProcess process = new IndexProcess(store, time, 1L << 30);
  private final Told told = new Told();

  private static final class Told implements BucketComparison.Listener {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void compared(BucketComparison.Compared compared) {
      lines.add(
          compared.namespace()
              + " missing "
              + compared.report().missing()
              + " gone "
              + compared.report().gone());
    }

    @Override
    public void failed(Namespace namespace, Throwable cause) {
      lines.add(namespace + " failed");
    }
  }

  private void put(String key) {
    bucket
        .put(
            key,
            Payload.of("x".getBytes(StandardCharsets.UTF_8)),
            new ObjectAttributes("text/plain", Map.of()),
            new WriteCondition.None())
        .await();
  }

  private void removeAll(String prefix) {
    bucket
        .list(prefix, "", 1000)
        .result()
        .objects()
        .forEach(item -> bucket.delete(item.key(), new WriteCondition.None()).await());
  }

  /** A namespace whose index lists one file that is there. */
  private void namespace(String name) {
    put("m/" + name + "/a.md");
    Future<?> made = process.comparison(Repair.CAUTIOUS).compare(IndexProcess.name(name));
    time.pass(60_000);
    assertThat(made.succeeded()).isTrue();
  }

  private int writes() {
    return store.count(Operation.PUT) + store.count(Operation.DELETE);
  }

  private Future<Void> compareAll(Repair repair) {
    told.lines.clear();
    Future<Void> done = process.comparison(repair).compareAll(told);
    time.pass(300_000);
    return done;
  }

  @Test
  void registeredAndUnregisteredNamespacesAreComparedByName() {
    namespace("b");
    namespace("a");
    removeAll("m/.sync-namespaces/b/");
    put("m/b/new.md");
    put("m/loose.md");
    int before = writes();
    assertThat(compareAll(Repair.DRY_RUN).succeeded()).isTrue();
    assertThat(told.lines)
        .containsExactly(
            "(default) missing [loose.md] gone []",
            "a missing [] gone []",
            "b missing [new.md] gone []");
    assertThat(writes()).as("a dry run writes nothing").isEqualTo(before);

    assertThat(compareAll(Repair.CAUTIOUS).succeeded()).isTrue();
    assertThat(compareAll(Repair.DRY_RUN).succeeded()).isTrue();
    assertThat(told.lines).allMatch(line -> line.endsWith("missing [] gone []"));
    removeAll("m/b/.sync-log/");
    assertThat(process.list()).as("registered again").contains("b 2 2");
  }

  @Test
  void fewAreOpenAtATime() {
    for (int i = 0; i < 40; i++) {
      namespace("n%02d".formatted(i));
      put("m/n%02d/new.md".formatted(i));
    }
    // Each that is done makes room for more, up to the limit: the first half goes through.
    Gate gate = store.next(1_000, Operation.GET, BucketComparisonTest::inSecondHalf).holdBefore();
    int before = opened();
    Future<Void> done = compareAll(Repair.CAUTIOUS);
    assertThat(opened() - before).isEqualTo(IndexEnvironment.COMPARISONS_AT_ONCE);
    gate.release();
    time.pass(600_000);
    assertThat(done.succeeded()).isTrue();
    assertThat(told.lines).hasSize(41);
  }

  private static boolean inSecondHalf(String key) {
    return key.endsWith("/.sync-index.json") && key.compareTo("m/n20/") > 0;
  }

  private int opened() {
    return (int)
        store.history().stream()
            .filter(call -> call.operation() == Operation.GET && inSecondHalf(call.key()))
            .count();
  }

  @Test
  void oneThatCannotBeReadDoesNotKeepTheOthersFromIt() {
    namespace("a");
    namespace("b");
    store
        .next(1_000, Operation.GET, key -> key.startsWith("m/a/"))
        .failBefore(StoreException.Kind.DAMAGED);
    assertThat(compareAll(Repair.DRY_RUN).succeeded()).isTrue();
    assertThat(told.lines)
        .containsExactly("(default) missing [] gone []", "a failed", "b missing [] gone []");
    store.heal();
    store
        .next(1_000, Operation.GET, key -> key.startsWith("m/a/"))
        .failBefore(StoreException.Kind.UNREACHABLE);
    assertThat(compareAll(Repair.DRY_RUN).failed()).as("the store is down").isTrue();
  }

  @Test
  void unknownNamespaceIsNoneAndStaysNone() {
    namespace("team/a");
    int before = writes();
    for (Repair repair : Repair.values()) {
      for (String name : List.of("nope", "team")) {
        Future<Optional<BucketComparison.Compared>> found =
            process.comparison(repair).compare(IndexProcess.name(name));
        time.pass(60_000);
        assertThat(found.result()).as(name).isEmpty();
      }
    }
    assertThat(writes()).isEqualTo(before);
    assertThat(process.comparison(Repair.DRY_RUN).compare(Namespace.DEFAULT).result()).isPresent();
  }

  @Test
  void manyFilesThatAreGoneAreMarkedOnlyWhenThatIsAccepted() {
    namespace("a");
    removeAll("m/a/a.md");
    for (Repair repair : List.of(Repair.DRY_RUN, Repair.CAUTIOUS)) {
      compareAll(repair);
      assertThat(told.lines).contains("a missing [] gone [a.md]");
      assertThat(process.list()).contains("a 1 1");
    }
    compareAll(Repair.ACCEPT_GONE);
    assertThat(told.lines).contains("a missing [] gone [a.md]");
    compareAll(Repair.DRY_RUN);
    assertThat(told.lines).contains("a missing [] gone []");
    assertThat(process.list()).contains("a 0 0");
  }
}
