package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private final Backlog backlog = new Backlog(3);
  private final ChangeQueue one = new ChangeQueue(TimeSource.SYSTEM, backlog);
  private final ChangeQueue two = new ChangeQueue(TimeSource.SYSTEM, backlog);

  private static LogRecord change(String path, long version) {
    return LogRecord.of(
        new Change(
            dev.memoryproxy.blob.BlobPath.parse(path),
            "w" + version,
            0,
            version,
            "m",
            "m",
            1,
            1,
            false),
        false);
  }

  @Test
  void countsWhatWaitsInAllQueuesUntilItIsDecided() {
    one.add(change("a", 1));
    one.add(change("a", 2));
    two.add(change("a", 1));
    assertThat(backlog.size()).isEqualTo(2);
    assertThat(backlog.full()).isFalse();
    one.add(change("b", 1));
    assertThat(backlog.full()).isTrue();

    one.take();
    assertThat(backlog.size()).isEqualTo(3);
    one.giveBack();
    assertThat(backlog.size()).isEqualTo(3);
    one.take();
    one.add(change("a", 3));
    assertThat(backlog.size()).isEqualTo(4);
    one.giveBack();
    assertThat(backlog.size()).isEqualTo(3);
    one.take();
    one.settled();
    assertThat(backlog.size()).isEqualTo(1);
    two.abandon(new IllegalStateException("closed"));
    assertThat(backlog.size()).isZero();
  }
}
