package dev.memoryproxy.index.sim;

import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Virtual time and the one source of chance of a run. */
final class World {
  /** 2026-01-01T00:00Z in milliseconds. */
  static final long EPOCH_MILLIS = 1_767_225_600_000L;

  final SplittableRandom random;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowMicros;
  private long order;
  long steps;

  World(long seed) {
    random = new SplittableRandom(seed);
  }

  private record Event(long atMicros, long tie, long order, Runnable action)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atMicros, other.atMicros);
      int byTie = byTime != 0 ? byTime : Long.compare(tie, other.tie);
      return byTie != 0 ? byTie : Long.compare(order, other.order);
    }
  }

  long nowMicros() {
    return nowMicros;
  }

  /** True time in milliseconds since the epoch: the store's clock. */
  long nowMillis() {
    return EPOCH_MILLIS + nowMicros / 1000;
  }

  void after(long micros, Runnable action) {
    events.add(new Event(nowMicros + Math.max(0, micros), random.nextInt(), order++, action));
  }

  void afterMillis(long millis, Runnable action) {
    after(millis * 1000, action);
  }

  /** Runs until nothing is left to do or the time has come. */
  void runUntilMicros(long micros, long maxSteps) {
    while (!events.isEmpty() && events.peek().atMicros() <= micros) {
      Event next = events.poll();
      nowMicros = next.atMicros();
      next.action().run();
      if (++steps > maxSteps) {
        throw new IllegalStateException("the run does not come to rest: " + steps + " steps");
      }
    }
    nowMicros = Math.max(nowMicros, micros);
  }

  void runForMillis(long millis, long maxSteps) {
    runUntilMicros(nowMicros + millis * 1000, maxSteps);
  }

  /** A chance of so many in a thousand. */
  boolean chance(int perMille) {
    return perMille > 0 && random.nextInt(1000) < perMille;
  }

  /** From {@code least} to {@code most}, both included. */
  long between(long least, long most) {
    return least + random.nextLong(most - least + 1);
  }
}
