package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;

/** A moment on both clocks. */
public record Mark(long wallMillis, long monotonicNanos) {
  /** This moment. */
  public static Mark now(TimeSource time) {
    return new Mark(time.wallMillis(), time.monotonicNanos());
  }

  /**
   * Milliseconds since this moment by the clock that shows more: wall clocks are set back,
   * monotonic ones may stop while a machine sleeps.
   */
  public long elapsedMillis(TimeSource time) {
    return Math.max(
        time.wallMillis() - wallMillis, (time.monotonicNanos() - monotonicNanos) / 1_000_000);
  }
}
