package dev.memoryproxy.index;

import java.time.Duration;

/**
 * How long things are kept, and how much may wait.
 *
 * @param logRetention log objects covered by a checkpoint stay this long; at least an hour, since a
 *     process trusts what it knows of the log for ten minutes
 * @param tombstoneRetention deleted files stay in the published index this long; zero for ever
 * @param backlog shared by all namespaces of a process
 */
public record IndexSettings(Duration logRetention, Duration tombstoneRetention, Backlog backlog) {
  /** The shortest log retention. */
  public static final Duration MIN_LOG_RETENTION = Duration.ofHours(1);

  /** A day of log, 90 days of tombstones. */
  public static final IndexSettings DEFAULT =
      new IndexSettings(Duration.ofHours(24), Duration.ofDays(90));

  /** With a backlog that is never full. */
  public IndexSettings(Duration logRetention, Duration tombstoneRetention) {
    this(logRetention, tombstoneRetention, new Backlog(Integer.MAX_VALUE));
  }

  public IndexSettings {
    if (logRetention.compareTo(MIN_LOG_RETENTION) < 0) {
      throw new IllegalArgumentException("log retention must be at least an hour");
    }
    if (tombstoneRetention.isNegative()) {
      throw new IllegalArgumentException("tombstone retention must not be negative");
    }
  }
}
