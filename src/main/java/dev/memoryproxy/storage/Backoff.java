package dev.memoryproxy.storage;

import io.vertx.core.Future;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a retry: full jitter under an exponentially growing bound, so that
 * clients that failed together do not come back together.
 */
public final class Backoff {
  private static final long FIRST_BOUND_MILLIS = 100;
  private static final long LAST_BOUND_MILLIS = 3_000;

  private final RandomGenerator random;
  private final Pause pause;

  /** Creates a back-off; the pause decides on which thread a wait ends. */
  public Backoff(RandomGenerator random, Pause pause) {
    this.random = random;
    this.pause = pause;
  }

  /**
   * Waits before a repetition.
   *
   * @param failures how many attempts have failed so far, at least 1
   */
  public Future<Void> await(int failures) {
    long bound = FIRST_BOUND_MILLIS << Math.min(failures - 1, 5);
    return pause.pause(1 + random.nextLong(Math.min(bound, LAST_BOUND_MILLIS)));
  }

  /** A wait: a timer in production, virtual time in a simulation. */
  @FunctionalInterface
  public interface Pause {
    /** Completes after so many milliseconds; never fails. */
    Future<Void> pause(long millis);
  }
}
