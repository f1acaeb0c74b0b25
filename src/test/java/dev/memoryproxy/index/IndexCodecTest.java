package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.buffer.Buffer;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class IndexCodecTest {
  private static final String MD5 = "0123456789abcdef0123456789abcdef";
  private static final String ID = "fedcba9876543210fedcba9876543210";

  private static LogRecord made(String path, long prev, long version, String etag) {
    Change change =
        new Change(
            BlobPath.parse(path), ID, prev, version, MD5, etag, 3, 1_705_314_600_123L, false);
    return LogRecord.of(change, false);
  }

  @Test
  void aBatchComesBackAsItWas() throws UnreadableException {
    LogBatch batch =
        new LogBatch(
            "b1", "w1", 42, List.of(made("a/\"ü\u2028/😀", 0, 7, "x-2"), made("b", 7, 8, MD5)));
    assertThat(LogCodec.decode(LogCodec.encode(batch))).isEqualTo(batch);
  }

  @Test
  void everyCutOfABatchIsCorruptAndNeverHalfRead() {
    Buffer whole = LogCodec.encode(new LogBatch("b1", "w1", 42, List.of(made("a", 0, 7, MD5))));
    for (int end = 0; end < whole.length(); end++) {
      Buffer cut = whole.getBuffer(0, end);
      assertThat(unreadable(cut).newer()).as("cut at %d", end).isFalse();
    }
    assertThat(unreadable(whole.copy().appendString("x")).newer()).isFalse();
  }

  @Test
  void evenHalfAnObjectOfANewerFormatIsKnownAsSuch() {
    assertThat(unreadable(Buffer.buffer("{\"format\":2,\"batch")).newer()).isTrue();
  }

  private static UnreadableException unreadable(Buffer bytes) {
    return catchThrowableOfType(UnreadableException.class, () -> LogCodec.decode(bytes));
  }

  @Test
  void recordsOfUnknownTypesAreLeftOut() throws UnreadableException {
    String json =
        LogCodec.encode(new LogBatch("b1", "w1", 42, List.of(made("a", 0, 7, MD5))))
            .toString()
            .replace("\"done\"", "\"intent\"");
    assertThat(LogCodec.decode(Buffer.buffer(json)).records()).isEmpty();
  }

  @Test
  void aCheckpointHoldsItsMomentWhateverIsAppliedMeanwhile() throws UnreadableException {
    IndexState state = new IndexState(EnumSet.noneOf(Rule.class));
    state.apply(new LogBatch("1", "w", 10, List.of(made("a", 0, 1, "e"), made("b", 0, 1, MD5))));
    try (IndexState.Snapshot snapshot = state.snapshot()) {
      state.apply(new LogBatch("2", "w", 20, List.of(made("a", 1, 2, MD5))));
      state.apply(new LogBatch("3", "w", 30, List.of(made("c", 0, 1, MD5), made("a", 2, 3, MD5))));
      Checkpoint read = CheckpointCodec.decode(CheckpointCodec.encode(snapshot));
      assertThat(read.seq()).isEqualTo(1);
      assertThat(read.indexVersion()).isEqualTo(10);
      assertThat(read.entries()).containsOnlyKeys("a", "b");
      Entry entry = read.entries().get("a");
      assertThat(entry).isNotNull();
      assertThat(entry.toIndexEntry())
          .isEqualTo(new IndexEntry(MD5, "e", 1_705_314_600_123L, 3, 1, ID, false, 10));
    }
  }

  @Test
  void anEntryRemembersEveryKindOfEtagAndId() {
    for (String etag : List.of(MD5, Md5.OF_NOTHING, "abc-7", "\"odd\"")) {
      for (String id : List.of(ID, "a-uuid-of-another-kind", "")) {
        Entry entry = new Entry(MD5, etag, 1, 2, 3, id, true, false, 4, 5);
        assertThat(entry.toIndexEntry()).isEqualTo(new IndexEntry(MD5, etag, 1, 2, 3, id, true, 4));
      }
    }
    assertThat(new Entry(MD5, MD5, 1, 2, 3, null, false, false, 4, 0).writeId()).isNull();
  }

  @Test
  void timesAreMillisecondsOfUtcWhateverTheYear() {
    assertThat(Json.time(0)).isEqualTo("1970-01-01T00:00:00.000Z");
    assertThat(Json.time(-1)).isEqualTo("1969-12-31T23:59:59.999Z");
    for (long time : new long[] {1_705_314_600_123L, 951_782_399_007L, 253_402_300_799_999L, -1}) {
      assertThat(Json.parseTime(Json.time(time))).isEqualTo(time);
    }
    assertThat(Json.parseTime("2024-01-15T10:30:00.123456+01:00")).isEqualTo(1_705_311_000_123L);
    assertThat(Json.parseTime("yesterday")).isZero();
  }
}
