package dev.memoryproxy.index;

/** Runs tasks later, on the one thread or context that the index lives on. */
public interface Scheduler {
  /**
   * Runs a task once after a delay.
   *
   * @param delayMillis at least 1
   */
  Timer after(long delayMillis, Runnable task);

  /**
   * Runs a task when those are heard who have come already and wait for their turn, so that it can
   * serve them all. At once where nobody can wait.
   */
  default void soon(Runnable task) {
    task.run();
  }

  /** A task that has not run yet. */
  interface Timer {
    /** Forgets the task; does nothing when it has run. */
    void cancel();
  }
}
