package dev.memoryproxy.storage;

import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.IndexEntry;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One write as it goes to the store; a repetition repeats it exactly.
 *
 * @param predecessor the state that it replaces, a tombstone included; null when there is none
 * @param vanished whether the predecessor's object is gone, so that only the index shows it
 * @param previousVersion the highest version that the path is known to have had; 0 for none
 * @param md5 of the content, or of the last content for a tombstone
 * @param lastModified milliseconds since the epoch
 */
record WriteAttempt(
    WriteIntent intent,
    @Nullable StoredBlob predecessor,
    boolean vanished,
    String writeId,
    long previousVersion,
    long version,
    String md5,
    long lastModified) {
  /** The same bytes once more, above what the index has kept. */
  WriteAttempt above(IndexEntry kept, StoredBlob live, String newWriteId, long now) {
    return new WriteAttempt(
        intent,
        live,
        false,
        newWriteId,
        kept.version(),
        Math.max(now, Math.max(version, kept.version()) + 1),
        md5,
        now);
  }

  WriteCondition condition() {
    return predecessor == null || vanished
        ? new WriteCondition.IfAbsent()
        : new WriteCondition.IfEtag(predecessor.etag());
  }

  ObjectAttributes attributes() {
    ObjectAttributes attributes =
        StoredBlob.attributes(
            intent.address().namespace(),
            intent.contentType(),
            md5,
            intent.delete(),
            version,
            writeId);
    return intent.unpacked() ? UnpackedDigest.mark(attributes) : attributes;
  }

  boolean creates() {
    return predecessor == null || predecessor.deleted();
  }

  /**
   * Whether the path is still in the state that this write replaces; ETags alone would not tell.
   */
  boolean replaces(Optional<StoredBlob> state) {
    if (predecessor == null || vanished || state.isEmpty()) {
      return (predecessor == null || vanished) && state.isEmpty();
    }
    return predecessor.version() == state.get().version()
        && predecessor.etag().equals(state.get().etag())
        && Objects.equals(predecessor.writeId(), state.get().writeId());
  }

  Change change(String etag) {
    return new Change(
        intent.address().path(),
        writeId,
        previousVersion,
        version,
        md5,
        etag,
        intent.payload().size(),
        lastModified,
        intent.delete());
  }
}
