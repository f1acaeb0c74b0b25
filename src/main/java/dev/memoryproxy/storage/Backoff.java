package dev.memoryproxy.storage;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * How long to wait before trying again: a random part of a span that doubles with each attempt
 * ("full jitter"), so that many who failed together do not come back together.
 *
 * @param base the first span
 * @param cap the longest span
 * @param random must be thread-safe where the store is used from several threads
 * @param delay completes after so long, on the caller's context
 */
public record Backoff(
    Duration base, Duration cap, RandomGenerator random, Function<Duration, Future<Void>> delay) {
  private static final Duration USUAL_BASE = Duration.ofMillis(100);
  private static final Duration USUAL_CAP = Duration.ofSeconds(3);

  /** The usual spans: from 100 ms to 3 s. */
  public static Backoff of(RandomGenerator random, Function<Duration, Future<Void>> delay) {
    return new Backoff(USUAL_BASE, USUAL_CAP, random, delay);
  }

  /**
   * Completes when it is time to try again.
   *
   * @param failures how many attempts have failed so far, at least 1
   */
  Future<Void> pause(int failures) {
    long span = base.toMillis() << Math.min(failures - 1, 20);
    long bounded = Math.min(span, cap.toMillis());
    return delay.apply(Duration.ofMillis(random.nextLong(bounded + 1)));
  }
}
