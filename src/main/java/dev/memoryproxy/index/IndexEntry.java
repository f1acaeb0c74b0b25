package dev.memoryproxy.index;

import org.jspecify.annotations.Nullable;

/**
 * What the index knows of a file.
 *
 * @param md5 of the content, lower-case hex; of the last content for a tombstone
 * @param etag the object's ETag in the store
 * @param lastModified milliseconds since the epoch, as the API shows it
 * @param size bytes; 0 for a tombstone
 * @param version positive; strictly grows with every change of the path, deletes included
 * @param writeId identifies the write that made this state; null when another tool wrote it
 * @param deleted whether it is a tombstone
 * @param indexVersion the namespace's {@code index_version} at which this entry last changed
 */
public record IndexEntry(
    String md5,
    String etag,
    long lastModified,
    long size,
    long version,
    @Nullable String writeId,
    boolean deleted,
    long indexVersion)
    implements PublishedEntry {}
