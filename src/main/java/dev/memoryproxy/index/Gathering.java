package dev.memoryproxy.index;

import org.jspecify.annotations.Nullable;

/**
 * Puts a commit off for a moment when more of those who write are about to come, so that they share
 * it. Whoever is alone never waits. Not thread-safe.
 *
 * <p>Clients whose changes were committed together are answered together, and so write again
 * together. Whoever comes a moment after the next commit has begun waits for all of it before its
 * own can begin. So after a commit that held several changes the next one begins a fraction of that
 * commit's duration later; where writers come at random this costs them nothing that can be
 * measured, because fewer commits are made.
 */
final class Gathering {
  private static final long SHARE = 6;
  private static final long MAX_MILLIS = 5;

  private final Scheduler scheduler;
  private long millis;
  private boolean over;
  private Scheduler.@Nullable Timer timer;

  Gathering(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * A commit is over.
   *
   * @param changes how many it held
   * @param duration in milliseconds
   */
  void done(int changes, long duration) {
    millis = changes > 1 ? Math.min(MAX_MILLIS, duration / SHARE) : 0;
  }

  /**
   * Whether the next commit must not begin yet.
   *
   * @param goOn called when it may; never during this call
   */
  boolean holdsBack(Runnable goOn) {
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
