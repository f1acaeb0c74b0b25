package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an entry costs in memory. */
class IndexHeapTest {
  private static final int ENTRIES = 100_000;
  private static final int BATCH = 1_000;
  private static final int BYTES_AN_ENTRY = 300;

  @Test
  void entryTakesLessThan300BytesBesidesItsPath() {
    String[] paths = new String[ENTRIES];
    for (int i = 0; i < ENTRIES; i++) {
      paths[i] = "notes/file-" + i + ".md";
    }
    long before = liveBytes();
    IndexState state = new IndexState(EnumSet.noneOf(Rule.class));
    for (int from = 0; from < ENTRIES; from += BATCH) {
      state.apply(batch(paths, from));
    }
    long after = liveBytes();
    assertThat(state.size()).isEqualTo(paths.length);
    assertThat((after - before) / ENTRIES).isBetween(50L, (long) BYTES_AN_ENTRY - 1);
  }

  private static LogBatch batch(String[] paths, int from) {
    List<LogRecord> records = new ArrayList<>();
    for (int i = from; i < from + BATCH; i++) {
      String md5 = Md5.of(paths[i].getBytes(StandardCharsets.UTF_8));
      long version = 1_700_000_000_000L + i;
      records.add(
          new LogRecord(
              LogRecord.Type.DONE, paths[i], md5, 0, version, md5, md5, 10, version, false, false));
    }
    return new LogBatch("batch-" + from, "writer", 1_700_000_000_000L + from, records);
  }

  /** The least of several looks: a collection may leave something that the next one takes. */
  private static long liveBytes() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
