package dev.memoryproxy.storage;

/**
 * How much may be under way at once at a store that says when it is too much: half as much after
 * each complaint, one more after each full round of successes. That is how TCP finds its rate, and
 * for the same reason: many processes that do so share a store fairly.
 *
 * <p>Not thread-safe.
 */
final class AdaptiveLimit {
  private final int most;
  private final int least;
  private double limit;
  private long epoch;

  /**
   * Starts at the most.
   *
   * @param least never fewer, however much the store complains
   */
  AdaptiveLimit(int most, int least) {
    this.most = most;
    this.least = Math.min(least, most);
    this.limit = most;
  }

  /** How much may be under way now. */
  int current() {
    return (int) limit;
  }

  /** Which decision of the limit is in force: a request remembers it to report under it later. */
  long epoch() {
    return epoch;
  }

  /** A request went well. */
  void succeeded() {
    limit = Math.min(most, limit + 1 / limit);
  }

  /**
   * The store complained. Requests that were under way when the limit was last lowered do not lower
   * it again: one burst is one complaint.
   *
   * @param started the {@link #epoch} when the request began
   * @return whether the limit was lowered, or was at its least already
   */
  boolean throttled(long started) {
    if (started < epoch) {
      return false;
    }
    epoch++;
    limit = Math.max(least, Math.floor(limit / 2));
    return true;
  }
}
