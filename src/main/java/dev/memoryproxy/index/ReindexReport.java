package dev.memoryproxy.index;

import java.util.List;

/**
 * How the bucket and the index differ.
 *
 * @param missing objects that the index does not list
 * @param stale entries whose object is in another state, or another namespace's
 * @param gone live entries without an object
 * @param foreign objects that belong to another namespace, or whose key no client can name
 * @param listed how many files the index listed as live when the comparison began
 * @param refused whether so many files are gone that none is marked as deleted: more than one, and
 *     more than 1 % of those that were listed, or all of them
 */
public record ReindexReport(
    List<String> missing,
    List<String> stale,
    List<String> gone,
    List<String> foreign,
    int listed,
    boolean refused) {
  public ReindexReport {
    missing = List.copyOf(missing);
    stale = List.copyOf(stale);
    gone = List.copyOf(gone);
    foreign = List.copyOf(foreign);
  }

  /** Whether bucket and index agree. */
  public boolean clean() {
    return missing.isEmpty() && stale.isEmpty() && gone.isEmpty();
  }
}
