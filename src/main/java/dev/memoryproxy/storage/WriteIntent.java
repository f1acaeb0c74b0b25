package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Precondition;

/**
 * A write or delete as the client asked for it.
 *
 * @param md5 of the payload, lower-case hex; empty for a delete
 */
record WriteIntent(
    BlobAddress address,
    Precondition precondition,
    Payload payload,
    String md5,
    String contentType,
    boolean delete) {
  /** Whether writing it would change nothing. */
  boolean equalTo(StoredBlob state) {
    return !delete
        && !state.deleted()
        && md5.equals(state.md5())
        && contentType.equals(state.contentType());
  }
}
