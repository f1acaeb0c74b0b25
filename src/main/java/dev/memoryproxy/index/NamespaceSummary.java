package dev.memoryproxy.index;

/**
 * A namespace as a list of namespaces shows it.
 *
 * @param indexVersion 0 before its first change
 */
record NamespaceSummary(Totals totals, long indexVersion) {
  /** A namespace that was just made. */
  static final NamespaceSummary NEW = new NamespaceSummary(Totals.NONE, 0);

  /** The one that is newer. */
  static NamespaceSummary newer(NamespaceSummary one, NamespaceSummary other) {
    return one.indexVersion >= other.indexVersion ? one : other;
  }
}
