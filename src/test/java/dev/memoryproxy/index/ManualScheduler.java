package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that passes only when a test says so, and the timers that hang on it. */
final class ManualScheduler implements Scheduler, TimeSource {
  /** 2026-01-01T00:00Z in milliseconds. */
  private static final long EPOCH_MILLIS = 1_767_225_600_000L;

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::due).thenComparingLong(Task::order));
  private long now;
  private long order;

  private record Task(long due, long order, Runnable action) {}

  @Override
  public Timer after(long delayMillis, Runnable action) {
    Task task = new Task(now + delayMillis, order++, action);
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** Lets so many milliseconds pass, with everything that falls due. */
  void pass(long millis) {
    long until = now + millis;
    Task next;
    while ((next = tasks.peek()) != null && next.due() <= until) {
      tasks.remove();
      now = next.due();
      next.action().run();
    }
    now = until;
  }

  /** Timers that wait. */
  int waiting() {
    return tasks.size();
  }

  @Override
  public long wallMillis() {
    return EPOCH_MILLIS + now;
  }

  @Override
  public long monotonicNanos() {
    return now * 1_000_000;
  }
}
