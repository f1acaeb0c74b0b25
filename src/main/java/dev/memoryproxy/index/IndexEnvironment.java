package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.ObjectStore;
import java.util.random.RandomGenerator;

/**
 * Everything that the index takes from outside. It has no clock, thread or randomness of its own,
 * so a simulation can own them.
 *
 * @param store where everything is kept; its reads may retry, its writes must not
 * @param random makes ids that must differ between processes: strong in production
 * @param alarms called on the index's thread
 * @param comparisons what all namespaces of the process share for their comparisons with the bucket
 */
public record IndexEnvironment(
    ObjectStore store,
    TimeSource time,
    Scheduler scheduler,
    RandomGenerator random,
    Offload offload,
    Alarms alarms,
    Turns comparisons) {
  /** How many namespaces are compared with the bucket at a time: at most 64 requests each. */
  public static final int COMPARISONS_AT_ONCE = 8;
}
