package dev.memoryproxy.blob;

/** The one clock. Handed to whoever needs time, so that tests and simulations own it. */
public interface TimeSource {
  /** Milliseconds since 1970-01-01T00:00Z; may jump either way. */
  long wallMillis();

  /** Nanoseconds since an arbitrary moment; never goes back, may stop while the machine sleeps. */
  long monotonicNanos();

  /** The machine's clocks. */
  TimeSource SYSTEM =
      new TimeSource() {
        @Override
        public long wallMillis() {
          return System.currentTimeMillis();
        }

        @Override
        public long monotonicNanos() {
          return System.nanoTime();
        }
      };
}
