package dev.memoryproxy.index;

/** Why the bucket's objects must be compared with the entries before anybody is answered. */
enum Doubt {
  /** They need not be. */
  NONE,
  /**
   * The index is another service's, or was restored: what differs in a listing is looked at, and
   * what is newer than its entry.
   */
  FOREIGN,
  /**
   * Log records may be lost, so that equal content may be another write: everything is looked at.
   */
  LOST
}
