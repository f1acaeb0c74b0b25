package dev.memoryproxy.index;

/**
 * What a namespace amounts to.
 *
 * @param files how many there are, deleted ones not counted
 * @param bytes their contents' size
 */
record Totals(long files, long bytes) {
  static final Totals NONE = new Totals(0, 0);

  Totals plus(Entry entry) {
    return entry.deleted() ? this : new Totals(files + 1, bytes + entry.size());
  }

  Totals minus(Entry entry) {
    return entry.deleted() ? this : new Totals(files - 1, bytes - entry.size());
  }

  /** Looks at every entry: off the index's thread where they may be many. */
  static Totals of(Iterable<Entry> entries) {
    long files = 0;
    long bytes = 0;
    for (Entry entry : entries) {
      if (!entry.deleted()) {
        files++;
        bytes += entry.size();
      }
    }
    return new Totals(files, bytes);
  }
}
