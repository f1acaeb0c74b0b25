package dev.memoryproxy.index;

import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Puts an operation on the log off for a moment when more of those who want it are about to come,
 * so that they share one. Whoever is alone never waits. Not thread-safe.
 */
public final class Gathering {
  private static final long COMMIT_SHARE = 6;
  private static final long COMMIT_MAX_MILLIS = 5;
  private static final long LOOK_SPACING_MILLIS = 1;

  private final Scheduler scheduler;
  private final LongUnaryOperator pause;
  private long millis;
  private boolean over;
  private Scheduler.@Nullable Timer timer;

  private Gathering(Scheduler scheduler, LongUnaryOperator pause) {
    this.scheduler = scheduler;
    this.pause = pause;
  }

  /**
   * For commits. Clients whose changes were committed together are answered together, and so write
   * again together. Whoever comes a moment after the next commit has begun waits for all of it
   * before its own can begin. So after a commit that held several changes the next one begins a
   * fraction of that commit's duration later; where writers come at random this costs them nothing
   * that can be measured, because fewer commits are made.
   */
  static Gathering ofCommits(Scheduler scheduler) {
    return new Gathering(
        scheduler, duration -> Math.min(COMMIT_MAX_MILLIS, duration / COMMIT_SHARE));
  }

  /**
   * For looks at the log's end. Where the store answers at once each look would serve the few
   * readers that came meanwhile, and asking the store would cost more than serving them. So after a
   * look that served several, the next one begins {@value #LOOK_SPACING_MILLIS} ms after that one
   * began; where the store takes longer than that nobody waits.
   */
  public static Gathering ofLooks(Scheduler scheduler) {
    return new Gathering(scheduler, duration -> Math.max(0, LOOK_SPACING_MILLIS - duration));
  }

  /**
   * An operation is over.
   *
   * @param served how many shared it
   * @param duration in milliseconds
   */
  public void done(int served, long duration) {
    millis = served > 1 ? pause.applyAsLong(duration) : 0;
  }

  /**
   * Whether the next operation must not begin yet.
   *
   * @param goOn called when it may; never during this call
   */
  public boolean holdsBack(Runnable goOn) {
    if (timer != null) {
      return true;
    }
    if (over || millis == 0) {
      over = false;
      return false;
    }
    timer =
        scheduler.after(
            millis,
            () -> {
              timer = null;
              over = true;
              goOn.run();
            });
    return true;
  }

  void stop() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
