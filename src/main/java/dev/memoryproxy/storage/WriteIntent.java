package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.storage.StorageService.PutCommand;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A write or delete as the client asked for it.
 *
 * @param md5 of the payload, lower-case hex; empty for a delete
 * @param repeatable see {@link PutCommand}; false for a delete
 * @param unpacked whether the MD5 is that of what the payload, a gzip stream, unpacks to
 */
record WriteIntent(
    BlobAddress address,
    Precondition precondition,
    Payload payload,
    String md5,
    String contentType,
    boolean delete,
    boolean repeatable,
    boolean unpacked) {
  static WriteIntent of(PutCommand command) {
    return new WriteIntent(
        command.address(),
        command.precondition(),
        command.payload(),
        command.md5(),
        command.contentType(),
        false,
        command.repeatable(),
        command.unpacked());
  }

  static WriteIntent deletion(BlobAddress address, Precondition precondition) {
    return new WriteIntent(
        address,
        precondition,
        Payload.empty(),
        "",
        StoredBlob.DEFAULT_CONTENT_TYPE,
        true,
        false,
        false);
  }

  /** What tells whether this repeats the write that made a state. */
  Announcement announcement() {
    return new Announcement(repeatable, Optional.of(md5), OptionalLong.of(payload.size()));
  }

  /** Whether writing it would change nothing. */
  boolean equalTo(StoredBlob state) {
    return !delete
        && !state.deleted()
        && md5.equals(state.md5())
        && contentType.equals(state.contentType());
  }
}
