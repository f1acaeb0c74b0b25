package dev.memoryproxy.index;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many changes wait for the log, in all namespaces of a process together, and how many may.
 * Thread-safe.
 */
public final class Backlog {
  private final int max;
  private final AtomicInteger changes = new AtomicInteger();

  /** Nothing waits yet. */
  public Backlog(int max) {
    this.max = max;
  }

  /** Whether new writes must be refused; those that are under way still find room. */
  public boolean full() {
    return changes.get() >= max;
  }

  /** Changes that wait now. */
  public int size() {
    return changes.get();
  }

  void grow(int difference) {
    if (difference != 0) {
      changes.addAndGet(difference);
    }
  }
}
