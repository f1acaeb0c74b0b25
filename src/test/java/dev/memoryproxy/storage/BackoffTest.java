package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
  /** A timer of Vert.x refuses a delay of zero, and the retry would end as a defect. */
  @Test
  void waitsAtLeastAMillisecondAndAtMostTheSpan() {
    List<Duration> pauses = new ArrayList<>();
    Backoff backoff =
        Backoff.of(
            new SplittableRandom(1),
            delay -> {
              pauses.add(delay);
              return Future.succeededFuture();
            });
    for (int i = 0; i < 5_000; i++) {
      backoff.pause(1);
    }
    assertThat(pauses).allMatch(pause -> pause.toMillis() >= 1 && pause.toMillis() <= 100);
    assertThat(pauses).contains(Duration.ofMillis(1), Duration.ofMillis(100));
  }
}
