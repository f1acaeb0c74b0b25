package dev.memoryproxy.index;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;

/**
 * The paths that changed lately, in order. Most readers ask what has changed since a moment ago: to
 * find that out among all entries would cost more the more there are. Belongs to one thread.
 */
final class RecentChanges {
  /** As many as one log object may hold. */
  static final int MOST = 1_000;

  private static final int BYTES_EACH = 40;

  private final Deque<Change> changes = new ArrayDeque<>();
  private long floor;

  /**
   * @param indexVersion changes up to this version are not known
   */
  RecentChanges(long indexVersion) {
    this.floor = indexVersion;
  }

  private record Change(long indexVersion, String path) {}

  /**
   * A path changes.
   *
   * @param indexVersion never less than that of the change before
   */
  void add(long indexVersion, String path) {
    if (changes.size() == MOST) {
      floor = changes.remove().indexVersion();
    }
    changes.add(new Change(indexVersion, path));
  }

  /** The paths that changed after a version; empty when that is too long ago. */
  Optional<Set<String>> after(long indexVersion) {
    if (indexVersion < floor) {
      return Optional.empty();
    }
    Set<String> paths = new HashSet<>();
    Iterator<Change> latestFirst = changes.descendingIterator();
    while (latestFirst.hasNext()) {
      Change change = latestFirst.next();
      if (change.indexVersion() <= indexVersion) {
        break;
      }
      paths.add(change.path());
    }
    return Optional.of(paths);
  }

  /** Bytes of heap beside the paths, about. */
  long bytes() {
    return (long) changes.size() * BYTES_EACH;
  }
}
