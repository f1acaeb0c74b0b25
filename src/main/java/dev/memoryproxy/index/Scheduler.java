package dev.memoryproxy.index;

/** Runs tasks later, on the one thread or context that the index lives on. */
public interface Scheduler {
  /**
   * Runs a task once after a delay.
   *
   * @param delayMillis at least 1
   */
  Timer after(long delayMillis, Runnable task);

  /** A task that has not run yet. */
  interface Timer {
    /** Forgets the task; does nothing when it has run. */
    void cancel();
  }
}
