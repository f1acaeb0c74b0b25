package dev.memoryproxy.index;

import java.time.Duration;

/**
 * How long things are kept.
 *
 * @param logRetention log objects covered by a checkpoint stay this long; at least an hour, since a
 *     process trusts what it knows of the log for ten minutes
 * @param tombstoneRetention deleted files stay in the published index this long; zero for ever
 */
public record IndexSettings(Duration logRetention, Duration tombstoneRetention) {
  /** The shortest log retention. */
  public static final Duration MIN_LOG_RETENTION = Duration.ofHours(1);

  /** A day of log, 90 days of tombstones. */
  public static final IndexSettings DEFAULT =
      new IndexSettings(Duration.ofHours(24), Duration.ofDays(90));

  public IndexSettings {
    if (logRetention.compareTo(MIN_LOG_RETENTION) < 0) {
      throw new IllegalArgumentException("log retention must be at least an hour");
    }
    if (tombstoneRetention.isNegative()) {
      throw new IllegalArgumentException("tombstone retention must not be negative");
    }
  }
}
