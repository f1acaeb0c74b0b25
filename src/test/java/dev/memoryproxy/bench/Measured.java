package dev.memoryproxy.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What some clients reached.
 *
 * @param seconds that were counted
 * @param counted how many operations ended well in these
 * @param sorted latencies in nanoseconds, ascending, of those that went well
 * @param firstFailure what went wrong first; null when nothing did
 */
// Nobody compares them.
@SuppressWarnings("ArrayRecordComponent")
record Measured(
    double seconds, long counted, long[] sorted, int failures, @Nullable Throwable firstFailure) {
  /** Several rounds as one. */
  static Measured of(List<Measured> rounds) {
    long[] all = rounds.stream().flatMapToLong(round -> Arrays.stream(round.sorted)).toArray();
    Arrays.sort(all);
    return new Measured(
        rounds.stream().mapToDouble(Measured::seconds).sum(),
        rounds.stream().mapToLong(Measured::counted).sum(),
        all,
        rounds.stream().mapToInt(Measured::failures).sum(),
        rounds.stream()
            .map(Measured::firstFailure)
            .filter(failure -> failure != null)
            .findFirst()
            .orElse(null));
  }

  /** The same, or an exception when nothing went well. */
  Measured unlessAllFailed() {
    if (sorted.length == 0) {
      throw new IllegalStateException("all " + failures + " operations failed", firstFailure);
    }
    return this;
  }

  /** The same, or an exception when anything failed. */
  Measured orThrow() {
    if (failures > 0) {
      throw new IllegalStateException(failures + " operations failed", firstFailure);
    }
    return this;
  }

  double perSecond() {
    return counted / seconds;
  }

  /** A percentile in nanoseconds; 0 when there is nothing. */
  double nanos(double percentile) {
    return sorted.length == 0
        ? 0
        : sorted[(int) Math.min(sorted.length - 1, sorted.length * percentile / 100)];
  }

  double p50() {
    return nanos(50);
  }

  double p99() {
    return nanos(99);
  }

  String rate() {
    return String.format(Locale.ROOT, "%,.0f/s", perSecond())
        + (failures == 0 ? "" : " (" + failures + " failed)");
  }

  static String millis(double nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }
}
