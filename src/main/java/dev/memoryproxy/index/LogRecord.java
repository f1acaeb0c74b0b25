package dev.memoryproxy.index;

import org.jspecify.annotations.Nullable;

/**
 * One change as the log holds it.
 *
 * @param type what the record does
 * @param path the file
 * @param writeId identifies the write; null when another tool made it
 * @param prev the version it replaced; 0 when there was nothing
 * @param version of the new state
 * @param healed whether it was recorded by someone who found the object, not by its writer
 */
record LogRecord(
    Type type,
    String path,
    @Nullable String writeId,
    long prev,
    long version,
    String md5,
    String etag,
    long size,
    long lastModified,
    boolean deleted,
    boolean healed) {
  enum Type {
    /** The file was written or deleted. */
    DONE("done"),
    /** The file's tombstone leaves the published index; its version stays as a floor. */
    PURGED("purged");

    final String wire;

    Type(String wire) {
      this.wire = wire;
    }
  }

  static LogRecord of(Change change, boolean healed) {
    return new LogRecord(
        Type.DONE,
        change.path().toString(),
        change.writeId(),
        change.previousVersion(),
        change.version(),
        change.md5(),
        change.etag(),
        change.size(),
        change.lastModified(),
        change.deleted(),
        healed);
  }

  static LogRecord purge(String path, Entry tombstone) {
    return new LogRecord(
        Type.PURGED,
        path,
        tombstone.writeId(),
        tombstone.version(),
        tombstone.version(),
        tombstone.md5(),
        tombstone.etag(),
        0,
        tombstone.lastModified(),
        true,
        false);
  }

  /** Upper bound of the bytes that the record takes in a batch. */
  int encodedBytes() {
    // Escapes take at most six bytes a char; ids and ETags are ASCII.
    return 400 + path.length() * 6 + etag.length() + (writeId == null ? 0 : writeId.length());
  }
}
