package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;

/** A namespace in memory: its index, the documents made of it, and who uses it. */
final class OpenNamespace {
  /** What an empty index, its timers and its place in the table take, about. */
  static final long FIXED_BYTES = 8 * 1024;

  private final NamespaceIndex index;
  private final SyncDocuments documents;
  private int users;
  private long uses;
  private Mark lastUsed;
  private long accounted;
  private boolean leaving;
  private boolean holdsObjects;

  OpenNamespace(NamespaceIndex index, SyncDocuments documents, Mark now) {
    this.index = index;
    this.documents = documents;
    this.lastUsed = now;
  }

  NamespaceIndex index() {
    return index;
  }

  SyncDocuments documents() {
    return documents;
  }

  void enter(Mark now) {
    users++;
    uses++;
    lastUsed = now;
  }

  void leave() {
    users--;
  }

  /** How often it has been used; tells whether it was used since. */
  long uses() {
    return uses;
  }

  long idleMillis(TimeSource time) {
    return lastUsed.elapsedMillis(time);
  }

  /** Whether nobody uses it and nothing is queued or under way in it. */
  boolean atRest() {
    return users == 0 && index.atRest();
  }

  boolean inUse() {
    return users > 0;
  }

  /** Whether it is being prepared for its closing; it serves meanwhile. */
  boolean leaving() {
    return leaving;
  }

  void setLeaving(boolean isLeaving) {
    leaving = isLeaving;
  }

  /** Whether its objects were looked for and there are some, although it has no index. */
  boolean holdsObjects() {
    return holdsObjects;
  }

  void foundObjects() {
    holdsObjects = true;
  }

  /** Bytes of heap that it takes now, about. */
  private long estimate() {
    return FIXED_BYTES + index.estimatedBytes() + documents.bytes();
  }

  /** What it is accounted for in its table's sum. */
  long accounted() {
    return accounted;
  }

  /**
   * Looks at its size anew.
   *
   * @return by how much it grew
   */
  long account() {
    long before = accounted;
    accounted = estimate();
    return accounted - before;
  }
}
