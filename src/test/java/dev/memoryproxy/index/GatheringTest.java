package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GatheringTest {
  private final ManualScheduler time = new ManualScheduler();
  private final Gathering gathering = new Gathering(time);
  private int resumed;

  private boolean holdsBack() {
    return gathering.holdsBack(() -> resumed++);
  }

  @Test
  void loneWriterNeverWaits() {
    assertThat(holdsBack()).isFalse();
    gathering.done(1, 30);
    assertThat(holdsBack()).isFalse();
    gathering.done(1, 3_000);
    assertThat(holdsBack()).isFalse();
  }

  @Test
  void afterACommitOfSeveralTheNextBeginsAFractionOfItsDurationLater() {
    gathering.done(10, 24);
    assertThat(holdsBack()).isTrue();
    time.pass(3);
    assertThat(holdsBack()).isTrue();
    assertThat(resumed).isZero();
    time.pass(1);
    assertThat(resumed).isEqualTo(1);
    assertThat(holdsBack()).isFalse();
  }

  @Test
  void nobodyWaitsLongForASlowStoreOrAtAllForAFastOne() {
    gathering.done(10, 5_000);
    assertThat(holdsBack()).isTrue();
    time.pass(5);
    assertThat(resumed).isEqualTo(1);
    assertThat(holdsBack()).isFalse();
    gathering.done(10, 5);
    assertThat(holdsBack()).isFalse();
  }

  @Test
  void nothingIsResumedOnceItIsStopped() {
    gathering.done(10, 24);
    assertThat(holdsBack()).isTrue();
    gathering.stop();
    time.pass(100);
    assertThat(resumed).isZero();
  }
}
