package dev.memoryproxy.blob;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that goes when it is told to; starts close to where nanoseconds overflow. */
public final class ManualClock implements TimeSource {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - Duration.ofSeconds(2).toNanos());

  /** Lets time pass. */
  public void advance(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Override
  public long wallMillis() {
    throw new AssertionError("durations go by the monotonic clock");
  }

  @Override
  public long monotonicNanos() {
    return nanos.get();
  }
}
