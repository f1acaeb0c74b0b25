package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.Mark;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import io.vertx.core.buffer.Buffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A live file as the store showed it.
 *
 * @param state with its MD5
 * @param body the content, shared by all who read it and never changed; null when it is too large,
 *     or was not read
 * @param at a moment at which the store was still to be asked: what other tools changed since is
 *     not seen
 */
record SeenBlob(StoredBlob state, @Nullable Buffer body, Mark at) {
  /** Objects and references, on a 64-bit JVM without compressed pointers, rounded up. */
  private static final int BOOKKEEPING = 900;

  /** Whether this is the very write that an entry lists. */
  boolean isListedAs(IndexEntry entry) {
    return !entry.deleted()
        && entry.version() == state.version()
        && entry.etag().equals(state.etag())
        && entry.md5().equals(state.md5())
        && Objects.equals(entry.writeId(), state.writeId());
  }

  /** Whether this is the very state that a reader was told of. */
  boolean isShownAs(BlobInfo info) {
    return info.version() == state.version()
        && info.storeEtag().equals(state.etag())
        && info.md5().equals(state.md5());
  }

  /** The same state seen once more; of two bodies one is enough. */
  SeenBlob orBodyOf(SeenBlob before) {
    return body == null && before.body != null && state.equals(before.state)
        ? new SeenBlob(state, before.body, at)
        : this;
  }

  /**
   * Whether this is news to somebody who knows the other: replies of the store may overtake each
   * other.
   */
  boolean supersedes(SeenBlob other) {
    return state.version() > other.state.version()
        || at.monotonicNanos() - other.at.monotonicNanos() >= 0;
  }

  /** About how many bytes of heap it takes to keep this under an address, at most. */
  long weight(BlobAddress address) {
    long letters =
        2L * (address.path().toString().length() + address.namespace().name().length())
            + 2L * state.contentType().length();
    return BOOKKEEPING + letters + (body == null ? 0 : body.length());
  }
}
