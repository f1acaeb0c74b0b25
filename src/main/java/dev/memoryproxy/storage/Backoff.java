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
 * @param patience how long to go on trying in all
 * @param random must be thread-safe where the store is used from several threads
 * @param delay completes after so long, at least a millisecond, on the caller's context
 */
public record Backoff(
    Duration base,
    Duration cap,
    Duration patience,
    RandomGenerator random,
    Function<Duration, Future<Void>> delay) {
  private static final Duration USUAL_BASE = Duration.ofMillis(100);
  private static final Duration USUAL_CAP = Duration.ofSeconds(3);
  private static final Duration USUAL_PATIENCE = Duration.ofSeconds(25);

  /** The usual spans: from 100 ms to 3 s, for 25 s. */
  public static Backoff of(RandomGenerator random, Function<Duration, Future<Void>> delay) {
    return new Backoff(USUAL_BASE, USUAL_CAP, USUAL_PATIENCE, random, delay);
  }

  /** The same with another end. */
  public Backoff within(Duration limit) {
    return new Backoff(base, cap, limit, random, delay);
  }

  /** The same with another longest span. */
  public Backoff upTo(Duration longest) {
    return new Backoff(base, longest, patience, random, delay);
  }

  /**
   * Completes when it is time to try again.
   *
   * @param failures how many attempts have failed so far, at least 1
   */
  Future<Void> pause(int failures) {
    long span = base.toMillis() << Math.min(failures - 1, 20);
    long bounded = Math.min(span, cap.toMillis());
    // Timers take no less than a millisecond.
    return delay.apply(Duration.ofMillis(Math.max(1, random.nextLong(bounded + 1))));
  }
}
