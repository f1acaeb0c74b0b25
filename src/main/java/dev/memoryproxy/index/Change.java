package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import org.jspecify.annotations.Nullable;

/**
 * A write or delete that has taken effect in the store and belongs into the index.
 *
 * @param path the file
 * @param writeId identifies the write; null for one that another tool made
 * @param previousVersion the version it replaced; 0 when there was nothing
 * @param version of the new state, greater than {@code previousVersion}
 * @param md5 of the content, lower-case hex; of the last content for a tombstone
 * @param etag of the new object in the store
 * @param size bytes; 0 for a tombstone
 * @param lastModified milliseconds since the epoch
 * @param deleted whether the new state is a tombstone
 */
public record Change(
    BlobPath path,
    @Nullable String writeId,
    long previousVersion,
    long version,
    String md5,
    String etag,
    long size,
    long lastModified,
    boolean deleted) {

  /** The entry that this change makes. */
  public IndexEntry toEntry(long indexVersion) {
    return new IndexEntry(md5, etag, lastModified, size, version, writeId, deleted, indexVersion);
  }
}
