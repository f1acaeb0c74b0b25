package dev.memoryproxy.storage;

import static dev.memoryproxy.storage.FaultyObjectStore.Operation.GET;
import static dev.memoryproxy.storage.FaultyObjectStore.Operation.HEAD;
import static dev.memoryproxy.storage.FaultyObjectStore.Operation.PUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.StoreException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No Vert.x, no real time: whatever can happen has happened when a call returns. */
class GatedObjectStoreTest {
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());
  private static final WriteCondition ALWAYS = new WriteCondition.None();

  private record Delay(Duration length, Promise<Void> over) {}

  private final Deque<Delay> delays = new ArrayDeque<>();
  private long nanos;
  private final TimeSource time =
      new TimeSource() {
        @Override
        public long wallMillis() {
          return nanos / 1_000_000;
        }

        @Override
        public long monotonicNanos() {
          return nanos;
        }
      };
  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore(time));

  private RequestGate gate(int most, int maxWaiting) {
    Backoff backoff =
        Backoff.of(
            new SplittableRandom(1),
            length -> {
              Delay delay = new Delay(length, Promise.promise());
              delays.add(delay);
              return delay.over().future();
            });
    return new RequestGate(most, maxWaiting, time, backoff);
  }

  /** Ends all delays that were asked for until now. */
  private void elapse(Duration length) {
    nanos += length.toNanos();
    List<Delay> due = new ArrayList<>(delays);
    delays.clear();
    due.forEach(delay -> delay.over().complete());
  }

  private static Kind kind(Future<?> failed) {
    assertThat(failed.failed()).isTrue();
    return ((StoreException) failed.cause()).kind();
  }

  private List<Future<Optional<ObjectHead>>> heads(ObjectStore gated, int count) {
    List<Future<Optional<ObjectHead>>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(gated.head("k" + i));
    }
    return all;
  }

  @Test
  void noMoreRequestsAreUnderWayThanAllowedAndTheRestGoesInOrder() {
    RequestGate gate = gate(8, 100);
    ObjectStore gated = new GatedObjectStore(store, gate);
    Gate held = store.next(8, HEAD, key -> true).holdBefore();
    List<Future<Optional<ObjectHead>>> all = heads(gated, 20);
    assertThat(store.count(HEAD)).isEqualTo(8);
    assertThat(gate.waiting()).isEqualTo(12);
    held.release();
    assertThat(all).allMatch(Future::succeeded);
    assertThat(store.history().stream().map(FaultyObjectStore.Call::key).toList())
        .containsExactlyElementsOf(
            java.util.stream.IntStream.range(0, 20).mapToObj(i -> "k" + i).toList());
    assertThat(gate.underWay()).isZero();
  }

  @Test
  void uploadsAndDownloadsNeverTakeWhatSmallRequestsNeed(@TempDir Path spool) throws Exception {
    RequestGate gate = gate(16, 100);
    ObjectStore gated = new GatedObjectStore(store, gate);
    Path file = Files.write(spool.resolve("f"), new byte[10]);
    Gate puts = store.next(100, PUT, key -> true).holdBefore();
    Gate gets = store.next(100, GET, key -> true).holdBefore();
    List<Future<?>> bulk = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      bulk.add(gated.put("p" + i, new Payload.Spooled(file, 10), PLAIN, ALWAYS));
      bulk.add(gated.get("g" + i));
    }
    assertThat(store.count(PUT)).isEqualTo(6);
    assertThat(store.count(GET)).isEqualTo(9);
    assertThat(gated.head("health").succeeded()).isTrue();
    assertThat(gated.list("", "", 1).succeeded()).isTrue();
    puts.release();
    gets.release();
    assertThat(bulk).allMatch(Future::succeeded);
    assertThat(gate.underWay()).isZero();
  }

  @Test
  void slowReadersOfLargeFilesKeepNobodyFromSmallOnes() {
    RequestGate gate = gate(16, 100);
    ObjectStore gated = new GatedObjectStore(store, gate);
    String etag = stored(gated, "large", 100_000);
    stored(gated, "small", 64 * 1024);
    Deque<ObjectContent> slow = new ArrayDeque<>();
    for (int i = 0; i < 6; i++) {
      slow.add(gated.get("large").result().orElseThrow());
    }
    Future<Optional<ObjectContent>> whole = gated.get("large");
    Future<Optional<ObjectContent>> part = gated.getRange("large", etag, 0, 70_000);
    assertThat(whole.isComplete() || part.isComplete()).isFalse();
    assertThat(gate.underWay()).isEqualTo(6);

    assertThat(read(gated.get("small"))).isEqualTo(64 * 1024);
    assertThat(read(gated.getRange("large", etag, 1, 9))).isEqualTo(9);
    assertThat(whole.isComplete() || part.isComplete()).isFalse();

    slow.remove().discard();
    assertThat(read(whole)).isEqualTo(100_000);
    assertThat(read(part)).isEqualTo(70_001);
    slow.forEach(ObjectContent::discard);
    assertThat(gate.underWay()).isZero();
    assertThat(read(gated.get("large"))).isEqualTo(100_000);
  }

  private static String stored(ObjectStore gated, String key, int size) {
    return gated.put(key, Payload.of(new byte[size]), PLAIN, ALWAYS).result().etag();
  }

  private static int read(Future<Optional<ObjectContent>> opened) {
    return opened.result().orElseThrow().bytes().result().length();
  }

  @Test
  void tooManyThatWaitAreRefusedUntried() {
    RequestGate gate = gate(8, 5);
    ObjectStore gated = new GatedObjectStore(store, gate);
    Gate held = store.next(8, HEAD, key -> true).holdBefore();
    List<Future<Optional<ObjectHead>>> all = heads(gated, 14);
    assertThat(kind(all.get(13))).isEqualTo(Kind.OVERLOADED);
    assertThat(((StoreException) all.get(13).cause()).retryable()).isFalse();
    held.release();
    assertThat(all.subList(0, 13)).allMatch(Future::succeeded);
    assertThat(store.count(HEAD)).isEqualTo(13);
  }

  @Test
  void whoWaitsTooLongIsRefusedUntried() {
    RequestGate gate = gate(8, 100);
    ObjectStore gated = new GatedObjectStore(store, gate);
    Gate held = store.next(8, HEAD, key -> true).holdBefore();
    List<Future<Optional<ObjectHead>>> all = heads(gated, 9);
    elapse(Duration.ofSeconds(9));
    assertThat(all.get(8).isComplete()).isFalse();
    elapse(Duration.ofSeconds(1));
    assertThat(kind(all.get(8))).isEqualTo(Kind.OVERLOADED);
    assertThat(gate.waiting()).isZero();
    held.release();
    assertThat(store.count(HEAD)).isEqualTo(8);
    assertThat(gate.underWay()).isZero();
  }

  @Test
  void contentIsUnderWayUntilItIsOverHoweverThatComesAbout() {
    RequestGate gate = gate(8, 100);
    ObjectStore gated = new GatedObjectStore(store, gate);
    assertThat(gated.put("x", Payload.of(new byte[100_000]), PLAIN, ALWAYS).succeeded()).isTrue();
    List<java.util.function.Consumer<ObjectContent>> ends =
        List.of(
            ObjectContent::discard,
            ObjectContent::bytes,
            content -> {
              ReadStream<Buffer> stream = content.stream();
              stream.endHandler(end -> {});
              stream.handler(chunk -> {});
            },
            content -> {
              ReadStream<Buffer> stream = content.stream();
              stream.handler(
                  chunk -> {
                    stream.pause();
                    stream.handler(null);
                  });
            });
    for (java.util.function.Consumer<ObjectContent> end : ends) {
      ObjectContent content = gated.get("x").result().orElseThrow();
      assertThat(gate.underWay()).isEqualTo(1);
      end.accept(content);
      assertThat(gate.underWay()).isZero();
    }
    assertThat(gated.get("absent").result()).isEmpty();
    store.next(GET).failBefore(Kind.AMBIGUOUS);
    assertThat(kind(gated.get("x"))).isEqualTo(Kind.AMBIGUOUS);
    assertThat(gate.underWay()).isZero();
  }

  @Test
  void complaintsOfOneBurstHalveTheLimitOnceAndSuccessesBringItBack() {
    RequestGate gate = gate(64, 1_000);
    ObjectStore gated = new GatedObjectStore(store, gate);
    store.next(50, HEAD, key -> true).failBefore(Kind.THROTTLED);
    Gate held = store.next(50, HEAD, key -> true).holdBefore();
    // 50 complaints, of which each comes back before the next request begins.
    assertThat(kind(gated.head("a"))).isEqualTo(Kind.THROTTLED);
    assertThat(gate.limit()).isEqualTo(32);
    store.heal();
    held.release();
    Gate burst = store.next(32, HEAD, key -> true).holdBefore();
    List<Future<Optional<ObjectHead>>> all = heads(gated, 32);
    burst.fail(Kind.THROTTLED);
    assertThat(all).allMatch(Future::failed);
    assertThat(gate.limit()).isEqualTo(16);
    for (int i = 0; i < 16; i++) {
      gated.head("fine");
    }
    assertThat(gate.limit()).isEqualTo(16);
    gated.head("fine");
    assertThat(gate.limit()).isEqualTo(17);
    for (int i = 0; i < 5_000; i++) {
      gated.head("fine");
    }
    assertThat(gate.limit()).isEqualTo(64);
  }

  @Test
  void otherFailuresSayNothingOfTheStoresCapacity() {
    RequestGate gate = gate(64, 1_000);
    ObjectStore gated = new GatedObjectStore(store, gate);
    for (Kind kind : List.of(Kind.BUSY, Kind.AMBIGUOUS, Kind.UNREACHABLE, Kind.DENIED)) {
      store.next(HEAD).failBefore(kind);
      assertThat(kind(gated.head("a"))).isEqualTo(kind);
    }
    assertThat(gate.limit()).isEqualTo(64);
  }

  @Test
  void storeThatComplainsOfNextToNothingIsLeftAloneForAWhile() {
    RequestGate gate = gate(8, 1_000);
    ObjectStore gated = new GatedObjectStore(store, gate);
    store.next(100, HEAD, key -> true).failBefore(Kind.THROTTLED);
    gated.head("a");
    assertThat(gate.limit()).isEqualTo(4);
    assertThat(store.count(HEAD)).isEqualTo(1);
    List<Future<Optional<ObjectHead>>> all = heads(gated, 10);
    assertThat(store.count(HEAD)).isEqualTo(1);
    elapse(Duration.ofMillis(100));
    // One of them had to find out that it is not over.
    assertThat(store.count(HEAD)).isBetween(2, 5);
    assertThat(all.stream().filter(Future::isComplete).count()).isBetween(1L, 4L);
    store.heal();
    elapse(Duration.ofMillis(200));
    assertThat(all).allMatch(Future::isComplete);
    assertThat(gate.waiting()).isZero();
  }
}
