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
import dev.memoryproxy.storage.FaultyObjectStore.Gate;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BlobWriterTest {
  private static final String PREFIX = "memory";
  private static final BlobAddress NOTE =
      new BlobAddress(Namespace.DEFAULT, BlobPath.parse("notes/a.md"));
  private static final String KEY = "memory/notes/a.md";

  private final Clock clock = new Clock();
  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore(clock));
  private final MapIndex index = new MapIndex();
  private final AtomicInteger ids = new AtomicInteger();
  private final BlobWriter writer = writer(store, index);
  private final BlobReader reader =
      new BlobReader(store, index, PREFIX, clock, new BlobDigests(store));

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

  private BlobWriter writer(ObjectStore target, MapIndex known) {
    return new BlobWriter(
        target,
        known,
        PREFIX,
        clock,
        Backoff.of(
            new SplittableRandom(1),
            delay -> {
              clock.millis += delay.toMillis();
              return Future.succeededFuture();
            }),
        () -> "write-" + ids.incrementAndGet());
  }

  private static PutCommand put(Precondition precondition, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutCommand(NOTE, precondition, Payload.of(bytes), Md5.of(bytes), "text/markdown");
  }

  private Written write(Precondition precondition, String text) {
    return done(writer.put(put(precondition, text)));
  }

  private static <T> T done(Future<T> future) {
    assertThat(future.isComplete()).isTrue();
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    return future.result();
  }

  private static ProxyError refused(Future<?> future) {
    assertThat(future.failed()).isTrue();
    return StorageErrors.toProxyError(future.cause());
  }

  private String content() {
    return ((BlobContent.InMemory) done(reader.open(NOTE)).content()).bytes().toString();
  }

  private static IfMd5 ifMd5(String text) {
    return new IfMd5(Md5.of(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void creatingCostsOneRequest() {
    Written written = write(new IfAbsent(), "one");
    assertThat(written.created()).isTrue();
    assertThat(store.count()).isEqualTo(1);
    assertThat(store.count(Operation.PUT)).isEqualTo(1);
    assertThat(content()).isEqualTo("one");
  }

  @Test
  void updatingWhatTheIndexKnowsCostsOneRequest() {
    write(new IfAbsent(), "one");
    store.resetCounts();
    Written written = write(ifMd5("one"), "two");
    assertThat(written.created()).isFalse();
    assertThat(store.count()).isEqualTo(1);
    assertThat(content()).isEqualTo("two");
  }

  @Test
  void deletingWhatTheIndexKnowsCostsOneRequest() {
    write(new IfAbsent(), "one");
    store.resetCounts();
    Written written = done(writer.delete(NOTE, new None()));
    assertThat(store.count()).isEqualTo(1);
    assertThat(written.entry().deleted()).isTrue();
    assertThat(written.entry().size()).isZero();
    assertThat(written.entry().md5()).isEqualTo(Md5.of("one".getBytes(StandardCharsets.UTF_8)));
    assertThat(refused(reader.open(NOTE)).kind()).isEqualTo(ProxyError.Kind.NOT_FOUND);
  }

  @Test
  void versionsGrowThroughDeleteAndReCreationWhateverTheClockSays() {
    long first = write(new IfAbsent(), "one").entry().version();
    clock.millis -= 1_000_000;
    long second = write(ifMd5("one"), "two").entry().version();
    clock.millis -= 1_000_000;
    long third = done(writer.delete(NOTE, new None())).entry().version();
    clock.millis -= 1_000_000;
    long fourth = write(new IfAbsent(), "four").entry().version();
    assertThat(second).isGreaterThan(first);
    assertThat(third).isGreaterThan(second);
    assertThat(fourth).isGreaterThan(third);
  }

  @Test
  void refusalsOfMemoryAreConfirmedByTheStore() {
    write(new IfAbsent(), "one");
    index.entries.clear();
    assertThat(write(ifMd5("one"), "two").created()).isFalse();
    assertThat(content()).isEqualTo("two");
  }

  @Test
  void refusalShowsWhatThereIs() {
    Written first = write(new IfAbsent(), "one");
    ProxyError error = refused(writer.put(put(ifMd5("other"), "two")));
    assertThat(error.kind()).isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(error.context())
        .containsEntry("current_md5", first.entry().md5())
        .containsEntry("current_version", Long.toString(first.entry().version()))
        .containsEntry("provided_version", "none")
        .containsEntry("provided_md5", ifMd5("other").md5());
    assertThat(content()).isEqualTo("one");
  }

  @Test
  void createOverAnExistingFileIsRefusedAlsoWhenMemoryForgotIt() {
    write(new IfAbsent(), "one");
    index.entries.clear();
    assertThat(refused(writer.put(put(new IfAbsent(), "two"))).kind())
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(content()).isEqualTo("one");
  }

  @Test
  void staleMemoryNeverOverwritesAnotherProcess() {
    write(new IfAbsent(), "one");
    MapIndex otherIndex = new MapIndex();
    otherIndex.entries.putAll(index.entries);
    done(writer(store, otherIndex).put(put(ifMd5("one"), "theirs")));
    assertThat(refused(writer.put(put(ifMd5("one"), "mine"))).kind())
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(content()).isEqualTo("theirs");
  }

  @Test
  void ofTwoConcurrentWritersOnTwoProcessesOneWins() {
    write(new IfAbsent(), "one");
    MapIndex otherIndex = new MapIndex();
    otherIndex.entries.putAll(index.entries);
    Gate gate = store.next(Operation.PUT).holdBefore();
    Future<Written> mine = writer.put(put(ifMd5("one"), "mine"));
    done(writer(store, otherIndex).put(put(ifMd5("one"), "theirs")));
    gate.release();
    assertThat(refused(mine).kind()).isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(content()).isEqualTo("theirs");
  }

  @Test
  void changesOfOnePathTakeTurns() {
    write(new IfAbsent(), "one");
    Gate gate = store.next(Operation.PUT).holdBefore();
    Future<Written> first = writer.put(put(ifMd5("one"), "first"));
    Future<Written> second = writer.put(put(ifMd5("one"), "second"));
    assertThat(store.count(Operation.PUT)).isEqualTo(2);
    gate.release();
    done(first);
    assertThat(refused(second).kind()).isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(content()).isEqualTo("first");
  }

  @ParameterizedTest
  @EnumSource(
      value = StoreException.Kind.class,
      names = {"BUSY", "AMBIGUOUS"})
  void failuresThatHideASuccessAreSettledByTheWriteId(StoreException.Kind kind) {
    store.next(Operation.PUT).failAfter(kind);
    Written written = write(new IfAbsent(), "one");
    assertThat(written.created()).isTrue();
    assertThat(store.count(Operation.PUT)).isEqualTo(1);
    assertThat(index.recorded).hasSize(1);
    store.next(Operation.PUT).failAfter(kind);
    write(ifMd5("one"), "two");
    assertThat(content()).isEqualTo("two");
  }

  @Test
  void repetitionKeepsWriteIdAndVersion() {
    store.next(3, Operation.PUT, key -> true).failBefore(StoreException.Kind.BUSY);
    Written written = write(new IfAbsent(), "one");
    assertThat(written.entry().writeId()).isEqualTo("write-1");
    assertThat(store.count(Operation.PUT)).isEqualTo(4);
    assertThat(ids.get()).isEqualTo(1);
  }

  @Test
  void refusalOfOurOwnRepetitionIsSuccess() {
    // A proxy in between repeats the request: the first one took effect, we see the second's 412.
    FaultyObjectStore repeating = new FaultyObjectStore(new RepeatingPuts(store));
    Written written = done(writer(repeating, index).put(put(new IfAbsent(), "one")));
    assertThat(written.created()).isTrue();
    assertThat(content()).isEqualTo("one");
  }

  @Test
  void retriesAreBounded() {
    store.next(100, Operation.PUT, key -> true).failBefore(StoreException.Kind.BUSY);
    assertThat(refused(writer.put(put(new IfAbsent(), "one"))).kind())
        .isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(store.count(Operation.PUT)).isLessThanOrEqualTo(6);
  }

  @Test
  void hopelessFailuresAreNotRepeated() {
    store.next(100, Operation.PUT, key -> true).failBefore(StoreException.Kind.DENIED);
    ProxyError error = refused(writer.put(put(new IfAbsent(), "one")));
    assertThat(error.kind()).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(error.detail()).contains("credentials");
    assertThat(store.count(Operation.PUT)).isEqualTo(1);
  }

  @Test
  void tombstonesAreLookedUpBecauseTheirEtagsAreAllEqual() {
    write(new IfAbsent(), "one");
    done(writer.delete(NOTE, new None()));
    // Another process creates the file again, and deletes it again: same ETag, another version.
    MapIndex otherIndex = new MapIndex();
    otherIndex.entries.putAll(index.entries);
    BlobWriter other = writer(store, otherIndex);
    done(other.put(put(new IfAbsent(), "theirs")));
    long theirs = done(other.delete(NOTE, new None())).entry().version();
    Written mine = write(new IfAbsent(), "mine");
    assertThat(mine.entry().version()).isGreaterThan(theirs);
    assertThat(index.recorded.get(index.recorded.size() - 1).previousVersion()).isEqualTo(theirs);
  }

  @Test
  void repetitionsNoticeThatATombstoneWasReplacedByAnother() {
    write(new IfAbsent(), "one");
    done(writer.delete(NOTE, new None()));
    MapIndex otherIndex = new MapIndex();
    otherIndex.entries.putAll(index.entries);
    BlobWriter other = writer(store, otherIndex);
    // Our first attempt fails; meanwhile the tombstone gives way to another with the same ETag.
    Gate gate = store.next(Operation.PUT).holdBefore();
    Future<Written> mine = writer.put(put(new IfAbsent(), "mine"));
    done(other.put(put(new IfAbsent(), "theirs")));
    long theirs = done(other.delete(NOTE, new None())).entry().version();
    gate.fail(StoreException.Kind.BUSY);
    assertThat(done(mine).entry().version()).isGreaterThan(theirs);
    assertThat(index.recorded.get(index.recorded.size() - 1).previousVersion()).isEqualTo(theirs);
  }

  @Test
  void emptyFilesAreLookedUpToo() {
    write(new IfAbsent(), "");
    store.resetCounts();
    write(ifMd5(""), "two");
    assertThat(store.count(Operation.HEAD)).isEqualTo(1);
  }

  @Test
  void anMd5NeverMatchesATombstone() {
    write(new IfAbsent(), "one");
    done(writer.delete(NOTE, new None()));
    assertThat(refused(writer.put(put(ifMd5("one"), "two"))).context())
        .containsEntry("current_md5", "none");
    assertThat(refused(writer.put(put(ifMd5(""), "two"))).kind())
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
  }

  @Test
  void aTombstonesVersionRecreatesAndTheVersionBeforeDoesNot() {
    long before = write(new IfAbsent(), "one").entry().version();
    long tombstone = done(writer.delete(NOTE, new None())).entry().version();
    assertThat(refused(writer.put(put(new IfVersion(before), "two"))).kind())
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
    assertThat(write(new IfVersion(tombstone), "two").created()).isTrue();
  }

  @Test
  void equalContentAndTypeIsNotWrittenAgain() {
    Written first = write(new IfAbsent(), "one");
    store.resetCounts();
    Written second = write(ifMd5("one"), "one");
    assertThat(store.count(Operation.PUT)).isZero();
    assertThat(second.entry()).isEqualTo(first.entry());
    assertThat(second.created()).isFalse();
  }

  @Test
  void anotherContentTypeIsWritten() {
    write(new IfAbsent(), "one");
    byte[] same = "one".getBytes(StandardCharsets.UTF_8);
    done(
        writer.put(
            new PutCommand(NOTE, ifMd5("one"), Payload.of(same), Md5.of(same), "text/plain")));
    assertThat(done(reader.head(NOTE)).contentType()).isEqualTo("text/plain");
  }

  @Test
  void deletingNothingIsNotFound() {
    assertThat(refused(writer.delete(NOTE, new None())).kind())
        .isEqualTo(ProxyError.Kind.NOT_FOUND);
    write(new IfAbsent(), "one");
    done(writer.delete(NOTE, new None()));
    assertThat(refused(writer.delete(NOTE, new None())).kind())
        .isEqualTo(ProxyError.Kind.NOT_FOUND);
  }

  @Test
  void unconditionalDeleteFollowsAChangingFile() {
    write(new IfAbsent(), "one");
    MapIndex otherIndex = new MapIndex();
    otherIndex.entries.putAll(index.entries);
    done(writer(store, otherIndex).put(put(ifMd5("one"), "theirs")));
    Written written = done(writer.delete(NOTE, new None()));
    assertThat(written.entry().md5()).isEqualTo(Md5.of("theirs".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void nothingIsAcknowledgedThatTheIndexDoesNotList() {
    index.down = true;
    assertThat(refused(writer.put(put(new IfAbsent(), "one"))).kind())
        .isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    // The client repeats when the index is back: the object is there, so it is told so ...
    index.down = false;
    assertThat(refused(writer.put(put(new IfAbsent(), "one"))).context())
        .containsEntry("current_md5", ifMd5("one").md5());
    // ... and a write of the same content is a write of its own: nobody knows yet whether the
    // first one will be kept.
    store.resetCounts();
    assertThat(write(ifMd5("one"), "one").entry().writeId()).isEqualTo("write-3");
    assertThat(store.count(Operation.PUT)).isEqualTo(1);
    assertThat(index.entries).containsKey(NOTE.path());
  }

  @Test
  void anOverdueIndexRefusesBeforeTheStoreIsTouched() {
    index.overdue = true;
    assertThat(refused(writer.put(put(new IfAbsent(), "one"))).kind())
        .isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(refused(writer.admit(NOTE, new IfAbsent(), Announcement.NOT_REPEATABLE)).kind())
        .isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(store.count()).isZero();
  }

  @Test
  void filesOfOtherToolsAreReadAndReplaced() {
    // No metadata, and an ETag that is no MD5, as after a multipart upload.
    byte[] bytes = "by hand".getBytes(StandardCharsets.UTF_8);
    done(
        store.put(
            KEY,
            new Payload.InMemory(Buffer.buffer(bytes)),
            new ObjectAttributes(
                "text/plain", Map.of("content-md5", Md5.of("x".getBytes(StandardCharsets.UTF_8)))),
            new WriteCondition.None()));
    assertThat(done(reader.open(NOTE)).info().md5()).isEqualTo(Md5.of(bytes));
    assertThat(content()).isEqualTo("by hand");
    write(ifMd5("by hand"), "by us");
    assertThat(content()).isEqualTo("by us");
  }

  @Test
  void versionsFromTheFutureAreNotBelieved() {
    done(
        store.put(
            KEY,
            Payload.of("x".getBytes(StandardCharsets.UTF_8)),
            new ObjectAttributes("text/plain", Map.of("version", "9999999999999999")),
            new WriteCondition.None()));
    assertThat(done(reader.head(NOTE)).version()).isLessThanOrEqualTo(clock.millis);
  }

  /** Sends every PUT twice and answers with the second one's outcome. */
  private static final class RepeatingPuts extends ForwardingObjectStore {
    RepeatingPuts(ObjectStore inner) {
      super(inner);
    }

    @Override
    public Future<PutResult> put(
        String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
      return super.put(key, payload, attributes, condition)
          .compose(first -> super.put(key, payload, attributes, condition));
    }
  }
}
