package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.index.IndexEntry;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Files as the HTTP edge sees them. Futures fail only with {@link dev.memoryproxy.blob.ProxyError}
 * and complete on the caller's context.
 */
public interface StorageService {
  /**
   * Refuses a write that cannot succeed before its body is read: {@code PRECONDITION_FAILED} when
   * the store confirms it, {@code STORAGE_UNAVAILABLE} when the index cannot take more changes.
   * Success promises nothing.
   *
   * @param announced a body that may be the repetition of a write is not refused yet
   */
  Future<Void> admit(BlobAddress address, Precondition precondition, Announcement announced);

  /** Writes a file; completes once both file and index entry are durable. */
  Future<Written> put(PutCommand command);

  /**
   * Leaves a tombstone; {@code NOT_FOUND} when the file is absent or already deleted and the
   * precondition does not say otherwise.
   */
  Future<Written> delete(BlobAddress address, Precondition precondition);

  /** What is known of a file; {@code NOT_FOUND} when it is absent or deleted. */
  Future<BlobInfo> head(BlobAddress address);

  /** Opens a file; {@code NOT_FOUND} when it is absent or deleted. The caller owns the content. */
  Future<OpenBlob> open(BlobAddress address);

  /**
   * Opens a range of a file in the state that {@code info} shows; empty when it has changed since.
   *
   * @param first index of the first byte
   * @param last index of the last byte, inclusive
   */
  Future<Optional<OpenBlob>> openRange(BlobInfo info, long first, long last);

  /** Asks the store for a sign of life; fails with {@code STORAGE_UNAVAILABLE}. */
  Future<StorageStatus> check();

  /**
   * A file to be written.
   *
   * @param payload the content; stays the caller's until the future completes
   * @param md5 of the content, lower-case hex, already checked against what the client announced
   * @param contentType stored as given
   * @param repeatable whether a write whose precondition does not hold is acknowledged without
   *     being made when the file holds the same bytes already
   * @param unpacked whether the MD5 is that of what the payload, a gzip stream, unpacks to
   */
  record PutCommand(
      BlobAddress address,
      Precondition precondition,
      Payload payload,
      String md5,
      String contentType,
      boolean repeatable,
      boolean unpacked) {
    /** A write whose precondition alone decides, of a file whose MD5 is that of its bytes. */
    public PutCommand(
        BlobAddress address,
        Precondition precondition,
        Payload payload,
        String md5,
        String contentType) {
      this(address, precondition, payload, md5, contentType, false, false);
    }
  }

  /**
   * A write or delete on record.
   *
   * @param made whether anything was written; false when the file was in that state already
   * @param created whether there was no live file before
   * @param entry the path's new entry
   * @param indexVersion the index version that shows it
   */
  record Written(
      BlobAddress address, boolean made, boolean created, IndexEntry entry, long indexVersion) {}

  /**
   * A live file.
   *
   * @param md5 of the content, lower-case hex
   * @param storeEtag the object's ETag in the store, which need not be the MD5
   * @param size bytes
   * @param version positive
   * @param lastModified milliseconds since the epoch
   * @param contentType as stored
   */
  record BlobInfo(
      BlobAddress address,
      String md5,
      String storeEtag,
      long size,
      long version,
      long lastModified,
      String contentType) {}

  /** A live file opened for reading. */
  record OpenBlob(BlobInfo info, BlobContent content) {}

  /**
   * A store that answers.
   *
   * @param singleWriter whether the store lacks conditional writes, so that only one process may
   *     write to the bucket
   */
  record StorageStatus(boolean singleWriter) {}
}
