package dev.memoryproxy.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.Precondition.IfAbsent;
import dev.memoryproxy.blob.Precondition.IfVersion;
import dev.memoryproxy.blob.Precondition.None;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.FaultyObjectStore.Operation;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that lost our answer sends its write again. */
class RepeatedWriteTest {
  private static final BlobAddress NOTE =
      new BlobAddress(Namespace.parse("team"), BlobPath.parse("a.md"));
  private static final String KEY = "memory/team/a.md";

  private final TimeSource clock =
      new TimeSource() {
        @Override
        public long wallMillis() {
          return 1_768_473_000_000L;
        }

        @Override
        public long monotonicNanos() {
          return 0;
        }
      };
  private final FaultyObjectStore store = new FaultyObjectStore(new MemoryObjectStore(clock));
  private final MapIndex index = new MapIndex();
  private final AtomicInteger ids = new AtomicInteger();
  private final BlobWriter writer =
      new BlobWriter(
          store,
          index,
          "memory",
          clock,
          Backoff.of(new SplittableRandom(1), delay -> Future.succeededFuture()),
          () -> "write-" + ids.incrementAndGet());

  private Future<Written> put(Precondition precondition, String text) {
    return put(precondition, text, "text/markdown");
  }

  private Future<Written> put(Precondition precondition, String text, String type) {
    byte[] bytes = text.getBytes(UTF_8);
    return writer.put(
        new PutCommand(NOTE, precondition, Payload.of(bytes), Md5.of(bytes), type, true, false));
  }

  private static <T> T done(Future<T> future) {
    assertThat(future.isComplete()).isTrue();
    if (future.failed()) {
      throw new AssertionError(future.cause());
    }
    return future.result();
  }

  private static void assertRefused(Future<?> future) {
    assertThat(future.failed()).isTrue();
    assertThat(StorageErrors.toProxyError(future.cause()).kind())
        .isEqualTo(ProxyError.Kind.PRECONDITION_FAILED);
  }

  private void assertAcknowledgedWithoutAWrite(Future<Written> repeated, Written expected) {
    Written written = done(repeated);
    assertThat(written.created()).isFalse();
    assertThat(written.entry()).isEqualTo(expected.entry());
    assertThat(store.count(Operation.PUT)).isZero();
  }

  @Test
  void repeatedCreationIsAcknowledgedWithTheCurrentVersion() {
    Written first = done(put(new IfAbsent(), "one"));
    store.resetCounts();
    assertAcknowledgedWithoutAWrite(put(new IfAbsent(), "one"), first);
  }

  @Test
  void repeatedUpdateIsAcknowledgedWithTheCurrentVersion() {
    Written first = done(put(new IfAbsent(), "one"));
    Written second = done(put(new IfVersion(first.entry().version()), "two"));
    store.resetCounts();
    assertAcknowledgedWithoutAWrite(put(new IfVersion(first.entry().version()), "two"), second);
    assertAcknowledgedWithoutAWrite(put(new IfAbsent(), "two", "text/plain"), second);
  }

  @Test
  void otherBytesAreRefused() {
    Written first = done(put(new IfAbsent(), "one"));
    done(put(new IfVersion(first.entry().version()), "two"));
    assertRefused(put(new IfVersion(first.entry().version()), "one"));
    assertRefused(put(new IfAbsent(), "owt"));
  }

  @Test
  void noTombstoneIsTakenForARepetition() {
    Written first = done(put(new IfAbsent(), ""));
    done(writer.delete(NOTE, new None()));
    assertRefused(put(new IfVersion(first.entry().version()), ""));
  }

  @Test
  void whoMayNotRepeatIsRefused() {
    done(put(new IfAbsent(), "one"));
    byte[] bytes = "one".getBytes(UTF_8);
    assertRefused(
        writer.put(
            new PutCommand(
                NOTE, new IfAbsent(), Payload.of(bytes), Md5.of(bytes), "text/markdown")));
  }

  @Test
  void unlistedWriteIsNotAcknowledgedButMadeAgain() {
    Written first = done(put(new IfAbsent(), "one"));
    index.entries.clear();
    store.resetCounts();
    Written repeated = done(put(new IfAbsent(), "one"));
    assertThat(store.count(Operation.PUT)).isEqualTo(2);
    assertThat(repeated.entry().version()).isGreaterThan(first.entry().version());
    assertThat(index.entries.get(NOTE.path())).isEqualTo(repeated.entry());
  }

  @Test
  void fileOfAnotherToolIsDigestedBeforeItCountsAsARepetition() {
    done(
        store.put(
            KEY,
            Payload.of("by hand".getBytes(UTF_8)),
            new ObjectAttributes("text/plain", Map.of()),
            new WriteCondition.None()));
    assertRefused(put(new IfAbsent(), "7 bytes"));
    assertThat(done(put(new IfAbsent(), "by hand")).created()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "one,,true",
    "one,3,true",
    ",3,true",
    ",,true",
    "two,,false",
    ",4,false",
    "one,4,false"
  })
  void bodyIsTakenInOnlyWhileItMayBeARepetition(String text, Long size, boolean admitted) {
    done(put(new IfAbsent(), "one"));
    Announcement announced =
        new Announcement(
            true,
            Optional.ofNullable(text).map(body -> Md5.of(body.getBytes(UTF_8))),
            size == null ? OptionalLong.empty() : OptionalLong.of(size));
    Future<Void> admission = writer.admit(NOTE, new IfAbsent(), announced);
    if (admitted) {
      done(admission);
    } else {
      assertRefused(admission);
    }
    assertRefused(writer.admit(NOTE, new IfAbsent(), Announcement.NOT_REPEATABLE));
  }
}
