package dev.memoryproxy.blob;

/**
 * What must be true of a file for a write or delete to go ahead. A tombstone counts as absent; an
 * MD5 never matches one, and neither does the version the file had before it was deleted.
 */
public sealed interface Precondition {
  /** Nothing was asked. Only a DELETE may be sent so. */
  record None() implements Precondition {}

  /** The file must not exist. */
  record IfAbsent() implements Precondition {}

  /**
   * The file must exist with this content.
   *
   * @param md5 lower-case hex
   */
  record IfMd5(String md5) implements Precondition {}

  /**
   * The file, or its tombstone, must be at this version.
   *
   * @param version positive
   */
  record IfVersion(long version) implements Precondition {}

  /** What the caller provided, as a 412 shows it back: {@code none}, {@code new}, or the value. */
  default String provided() {
    if (this instanceof IfMd5 md5) {
      return md5.md5();
    }
    if (this instanceof IfVersion version) {
      return Long.toString(version.version());
    }
    return this instanceof IfAbsent ? "new" : "none";
  }

  /**
   * Whether a file in this state may be written or deleted.
   *
   * @param exists whether the path holds anything at all, a tombstone included
   * @param deleted whether that is a tombstone; meaningless unless {@code exists}
   */
  default boolean admits(boolean exists, boolean deleted, String md5, long version) {
    boolean live = exists && !deleted;
    if (this instanceof IfAbsent) {
      return !live;
    }
    if (this instanceof IfMd5 expected) {
      return live && expected.md5().equals(md5);
    }
    if (this instanceof IfVersion expected) {
      return exists && expected.version() == version;
    }
    return true;
  }
}
