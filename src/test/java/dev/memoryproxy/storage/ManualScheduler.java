package dev.memoryproxy.storage;

import dev.memoryproxy.index.Scheduler;
import java.util.ArrayList;
import java.util.List;

/** Timers that run when a test says so. */
final class ManualScheduler implements Scheduler {
  private final List<Runnable> tasks = new ArrayList<>();

  @Override
  public Timer after(long delayMillis, Runnable task) {
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** Lets the time of all that wait come. */
  void fire() {
    List<Runnable> due = List.copyOf(tasks);
    tasks.clear();
    due.forEach(Runnable::run);
  }

  int pending() {
    return tasks.size();
  }
}
