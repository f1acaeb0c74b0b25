package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import dev.memoryproxy.storage.StorageService.PutCommand;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two processes on one store and one log: the one that reads, and another one that writes. */
class SharedReadsTest {
  private static final BlobAddress NOTE =
      new BlobAddress(Namespace.DEFAULT, BlobPath.parse("a.md"));
  private static final String KEY = "m/a.md";
  private static final Charset UTF = StandardCharsets.UTF_8;

  private final Clock clock = new Clock();
  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore(clock));
  private final MapIndex index = new MapIndex();
  private final ManualScheduler scheduler = new ManualScheduler();
  private final BlobReader reader =
      new BlobReader(store, index, "m", clock, new BlobDigests(store));
  private final SharedReads reads = reads(1 << 20);
  private final BlobWriter writer =
      new BlobWriter(
          store,
          index,
          "m",
          clock,
          Backoff.of(new SplittableRandom(1), delay -> Future.succeededFuture()),
          () -> "w" + clock.millis);

  private static final class Clock implements TimeSource {
    long millis = 1_768_473_000_000L;

    @Override
    public long wallMillis() {
      return millis;
    }

    @Override
    public long monotonicNanos() {
      return millis * 1_000_000;
    }
  }

  private SharedReads reads(long cacheBytes) {
    return new SharedReads(
        reader, new CurrentEntries(index, scheduler), new ReadCache(cacheBytes), clock);
  }

  @BeforeEach
  void firstState() {
    elsewhere("one");
    store.resetCounts();
  }

  private static PutCommand put(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutCommand(
        NOTE, new Precondition.None(), Payload.of(bytes), Md5.of(bytes), "text/markdown");
  }

  /** Another process writes, and its writer is told so. */
  private void elsewhere(String text) {
    clock.millis++;
    assertThat(writer.put(put(text)).succeeded()).isTrue();
  }

  /** Another tool writes, and no index knows. */
  private void behindTheIndex(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    store.put(
        KEY,
        Payload.of(bytes),
        new ObjectAttributes("text/plain", Map.of()),
        new WriteCondition.None());
  }

  private Future<String> read() {
    return reads.open(NOTE).compose(SharedReadsTest::text);
  }

  private static Future<String> text(OpenBlob blob) {
    return blob.content() instanceof BlobContent.Streamed streamed
        ? streamed.object().bytes().map(Buffer::toString)
        : Future.succeededFuture(((BlobContent.InMemory) blob.content()).bytes().toString());
  }

  private int gets() {
    return store.count(Operation.GET);
  }

  private static ProxyError.Kind error(Future<?> failed) {
    assertThat(failed.failed()).isTrue();
    return StorageErrors.toProxyError(failed.cause()).kind();
  }

  @Test
  void aLonelyReadIsOneRequestAndAsksNobodyElse() {
    assertThat(read().result()).isEqualTo("one");
    assertThat(store.count()).isEqualTo(1);
    assertThat(index.looks).isZero();
  }

  @Test
  void aHotReadCostsNoRequestForTheFile() {
    read();
    store.resetCounts();
    for (int i = 0; i < 10; i++) {
      assertThat(read().result()).isEqualTo("one");
    }
    assertThat(store.count()).isZero();
    assertThat(index.looks).isEqualTo(10);
  }

  @Test
  void aWriteElsewhereIsSeenByAHotRead() {
    read();
    elsewhere("two");
    assertThat(read().result()).isEqualTo("two");
    assertThat(gets()).isEqualTo(2);
  }

  @Test
  void aDeleteElsewhereIsSeenByAHotRead() {
    read();
    clock.millis++;
    writer.delete(NOTE, new Precondition.None());
    assertThat(error(read())).isEqualTo(ProxyError.Kind.NOT_FOUND);
  }

  /** Looks at the index that are under way began too early for whoever comes later. */
  @Test
  void whoComesDuringLooksHasAPartInALaterOne() {
    read();
    Promise<Void> slow = Promise.promise();
    index.look = slow.future();
    List<Future<String>> early =
        IntStream.range(0, CurrentEntries.QUESTIONS_AT_ONCE).mapToObj(i -> read()).toList();
    elsewhere("two");
    Future<String> late = read();
    Future<String> later = read();
    index.look = Future.succeededFuture();
    slow.complete();
    assertThat(early).allMatch(each -> Set.of("one", "two").contains(each.result()));
    assertThat(late.result()).isEqualTo("two");
    assertThat(later.result()).isEqualTo("two");
    assertThat(index.looks).isEqualTo(CurrentEntries.QUESTIONS_AT_ONCE + 1);
  }

  @Test
  void aReaderDoesNotWaitForTheEndOfALookThatBeganBeforeItCame() {
    read();
    Promise<Void> slow = Promise.promise();
    index.look = slow.future();
    Future<String> early = read();
    index.look = Future.succeededFuture();
    elsewhere("two");
    assertThat(read().result()).isEqualTo("two");
    assertThat(early.isComplete()).isFalse();
    slow.complete();
    assertThat(early.result()).isIn("one", "two");
  }

  @Test
  void aReaderSharesARequestThatBeganEarlierWhenTheIndexListsWhatItShows() {
    Gate gate = store.next(Operation.GET).holdAfter();
    Future<String> first = read();
    List<Future<String>> others = IntStream.range(0, 99).mapToObj(i -> read()).toList();
    assertThat(others).noneMatch(Future::isComplete);
    gate.release();
    assertThat(first.result()).isEqualTo("one");
    assertThat(others).allMatch(other -> "one".equals(other.result()));
    assertThat(gets()).isEqualTo(1);
  }

  /** The rule that matters most: what the store said before somebody came may be past. */
  @Test
  void aReaderIsNotShownWhatWasReplacedBeforeItCame() {
    Gate gate = store.next(Operation.GET).holdAfter();
    Gate next = store.next(Operation.GET).holdAfter();
    Future<String> early = read();
    elsewhere("two");
    List<Future<String>> late = IntStream.range(0, 5).mapToObj(i -> read()).toList();
    gate.release();
    assertThat(late).noneMatch(Future::isComplete);
    next.release();
    assertThat(early.result()).isEqualTo("one");
    assertThat(late).allMatch(reader -> "two".equals(reader.result()));
    assertThat(gets()).as("those who waited share one").isEqualTo(2);
  }

  @Test
  void withoutTheIndexReadersThatWaitTogetherShareTheNextRequest() {
    index.look = Future.failedFuture("index down");
    Gate first = store.next(Operation.GET).holdAfter();
    Gate second = store.next(Operation.GET).holdAfter();
    Future<String> early = read();
    elsewhere("two");
    List<Future<String>> late = IntStream.range(0, 5).mapToObj(i -> read()).toList();
    first.release();
    second.release();
    assertThat(early.result()).isEqualTo("one");
    assertThat(late).allMatch(reader -> "two".equals(reader.result()));
    assertThat(gets()).isEqualTo(2);
  }

  @Test
  void withoutTheIndexTheStoreAnswersEveryRead() {
    read();
    index.look = Future.failedFuture("index down");
    assertThat(read().result()).isEqualTo("one");
    assertThat(read().result()).isEqualTo("one");
    assertThat(gets()).isEqualTo(3);
  }

  @Test
  void aSlowIndexKeepsNobodyFromTheStore() {
    read();
    Promise<Void> slow = Promise.promise();
    index.look = slow.future();
    Future<String> asked = read();
    Future<String> behind = read();
    scheduler.fire();
    assertThat(asked.result()).isEqualTo("one");
    assertThat(behind.result()).isEqualTo("one");
    assertThat(read().result()).as("nobody waits again for the same look").isEqualTo("one");
    assertThat(gets()).isGreaterThan(2);
    int soFar = gets();
    index.look = Future.succeededFuture();
    slow.complete();
    assertThat(read().result()).isEqualTo("one");
    assertThat(gets()).isEqualTo(soFar);
    assertThat(scheduler.pending()).isZero();
  }

  @Test
  void nobodyWaitsLongForARequestThatOthersMade() {
    index.look = Future.failedFuture("index down");
    Gate stuck = store.next(Operation.GET).holdAfter();
    Future<String> first = read();
    clock.millis += 2_001;
    assertThat(read().result()).isEqualTo("one");
    stuck.release();
    assertThat(first.result()).isEqualTo("one");
  }

  @Test
  void aSharedFailureFailsThoseWhoSharedItAndNobodyElse() {
    Gate gate = store.next(Operation.GET).holdBefore();
    Future<String> first = read();
    Future<String> waiting = read();
    gate.fail(StoreException.Kind.BUSY);
    assertThat(error(first)).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(waiting.result()).isEqualTo("one");
    assertThat(gets()).isEqualTo(2);
  }

  @Test
  void largeFilesAreStreamedToEachReader() {
    String large = "x".repeat(SharedReads.MAX_BODY + 1);
    elsewhere(large);
    store.resetCounts();
    Gate gate = store.next(Operation.GET).holdAfter();
    Future<OpenBlob> first = reads.open(NOTE);
    Future<OpenBlob> second = reads.open(NOTE);
    gate.release();
    Future<OpenBlob> third = reads.open(NOTE);
    for (Future<OpenBlob> each : List.of(first, second, third)) {
      assertThat(each.result().content()).isInstanceOf(BlobContent.Streamed.class);
      assertThat(text(each.result()).result()).isEqualTo(large);
    }
    assertThat(gets()).isEqualTo(3);
    elsewhere("small");
    assertThat(read().result()).isEqualTo("small");
    read();
    store.resetCounts();
    assertThat(read().result()).isEqualTo("small");
    assertThat(store.count()).as("it is small now").isZero();
  }

  @Test
  void whatWasWrittenHereIsReadFromMemoryUntilItIsDeleted() {
    clock.millis++;
    reads.put(put("two"), writer::put);
    store.resetCounts();
    assertThat(read().result()).isEqualTo("two");
    assertThat(reads.head(NOTE).result().contentType()).isEqualTo("text/markdown");
    assertThat(store.count()).isZero();
    clock.millis++;
    writer.delete(NOTE, new Precondition.None()).onComplete(done -> reads.forget(NOTE));
    assertThat(error(read())).isEqualTo(ProxyError.Kind.NOT_FOUND);
  }

  @Test
  void aRepeatedWriteOfAnotherTypeDoesNotChangeWhatIsRead() {
    byte[] bytes = "one".getBytes(StandardCharsets.UTF_8);
    PutCommand repeated =
        new PutCommand(
            NOTE,
            new Precondition.IfAbsent(),
            Payload.of(bytes),
            Md5.of(bytes),
            "text/plain",
            true,
            false);
    assertThat(reads.put(repeated, writer::put).result().made()).isFalse();
    assertThat(reads.open(NOTE).result().info().contentType()).isEqualTo("text/markdown");
    assertThat(reads.head(NOTE).result().contentType()).isEqualTo("text/markdown");
  }

  @Test
  void aWriteWhoseOutcomeIsUnknownIsLookedForInTheStore() {
    read();
    index.down = true;
    clock.millis++;
    assertThat(reads.put(put("two"), writer::put).failed()).isTrue();
    assertThat(read().result()).isEqualTo("two");
  }

  @Test
  void whatOtherToolsWroteIsSeenWithinAMinute() {
    read();
    behindTheIndex("foreign");
    assertThat(read().result()).isEqualTo("one");
    assertThat(reads.head(NOTE).result().md5()).isEqualTo(Md5.of("one".getBytes(UTF)));
    clock.millis += SharedReads.TRUSTED_MILLIS;
    assertThat(reads.head(NOTE).result().md5()).isEqualTo(Md5.of("foreign".getBytes(UTF)));
    assertThat(read().result()).isEqualTo("foreign");
    assertThat(index.suspected).contains(NOTE.path());
    assertThat(read().result()).as("although the index lists the old one").isEqualTo("foreign");
  }

  @Test
  void aHotFileIsReadOnceAMinuteAndNoMoreOften() {
    for (int second = 0; second < 300; second++) {
      assertThat(read().result()).isEqualTo("one");
      clock.millis += 1_000;
    }
    assertThat(gets()).isEqualTo(5);
  }

  @Test
  void theStateOfAKnownFileCostsNoRequest() {
    BlobInfo first = reads.head(NOTE).result();
    assertThat(store.count(Operation.HEAD)).isEqualTo(1);
    assertThat(reads.head(NOTE).result()).isEqualTo(first);
    assertThat(store.count()).isEqualTo(1);
    elsewhere("two");
    store.resetCounts();
    assertThat(reads.head(NOTE).result().md5()).isEqualTo(Md5.of("two".getBytes(UTF)));
    assertThat(store.count(Operation.HEAD)).isEqualTo(1);
  }

  @Test
  void rangesOfAKnownFileComeFromMemoryInTheStateThatWasShown() {
    read();
    BlobInfo info = reads.head(NOTE).result();
    store.resetCounts();
    OpenBlob part = reads.openRange(info, 1, 2).result().orElseThrow();
    assertThat(text(part).result()).isEqualTo("ne");
    assertThat(store.count()).isZero();
    elsewhere("two");
    read();
    assertThat(reads.openRange(info, 1, 2).result()).isEmpty();
  }

  @Test
  void aFileOfUnknownDigestIsReadOnce() {
    store.put(
        "m/foreign.md",
        Payload.of("text".getBytes(UTF)),
        new ObjectAttributes("text/plain", Map.of()),
        new WriteCondition.None());
    store.resetCounts();
    BlobAddress foreign = new BlobAddress(Namespace.DEFAULT, BlobPath.parse("foreign.md"));
    OpenBlob opened = reads.open(foreign).result();
    assertThat(opened.info().md5()).isEqualTo(Md5.of("text".getBytes(UTF)));
    assertThat(store.count()).isEqualTo(1);
  }

  @Test
  void aDefectEndsTheRequestThatOthersWaitFor() {
    boolean[] defect = {true};
    ObjectStore throwing =
        new ForwardingObjectStore(store) {
          @Override
          public Future<Optional<ObjectContent>> get(String key) {
            if (defect[0]) {
              throw new IllegalStateException("a defect");
            }
            return super.get(key);
          }
        };
    SharedReads over =
        new SharedReads(
            new BlobReader(throwing, index, "m", clock, new BlobDigests(store)),
            new CurrentEntries(index, scheduler),
            new ReadCache(1 << 20),
            clock);
    assertThat(error(over.open(NOTE))).isEqualTo(ProxyError.Kind.INTERNAL);
    defect[0] = false;
    assertThat(over.open(NOTE).succeeded()).isTrue();
  }

  @Test
  void withoutMemoryNothingIsShared() {
    SharedReads off = reads(0);
    Gate gate = store.next(Operation.GET).holdAfter();
    off.open(NOTE);
    off.open(NOTE);
    off.open(NOTE);
    gate.release();
    off.head(NOTE);
    off.head(NOTE);
    assertThat(gets()).isEqualTo(3);
    assertThat(store.count(Operation.HEAD)).isEqualTo(2);
    assertThat(index.looks).isZero();
  }

  /** A reader may be slow: whatever it is given must not keep the store waiting. */
  @Test
  void smallContentsAreTakenFromTheStoreAtOnce() {
    SharedReads off = reads(0);
    assertThat(off.open(NOTE).result().content()).isInstanceOf(BlobContent.InMemory.class);
    BlobInfo info = off.head(NOTE).result();
    OpenBlob part = off.openRange(info, 0, 1).result().orElseThrow();
    assertThat(part.content()).isInstanceOf(BlobContent.InMemory.class);
  }
}
