package dev.memoryproxy.index;

import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectHead;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A path whose entry may be wrong.
 *
 * @param seen what was seen of its object when the entry looked wrong; null when nobody has looked
 */
record Doubtful(String path, @Nullable Seen seen) {
  static Doubtful unseen(String path) {
    return new Doubtful(path, null);
  }

  /**
   * The state of an object at one moment, as far as it takes to tell that it is the same later.
   *
   * @param etag null when there was no object
   * @param listed whether a listing showed it, which has neither write ids nor tombstones
   */
  record Seen(
      @Nullable String etag,
      long size,
      long lastModified,
      @Nullable String writeId,
      boolean deleted,
      boolean listed) {

    static Seen of(Listing.Item item) {
      return new Seen(item.etag(), item.size(), item.lastModified(), null, false, true);
    }

    static Seen of(Optional<ObjectHead> head) {
      return head.map(Seen::of).orElseGet(() -> new Seen(null, 0, 0, null, false, false));
    }

    private static Seen of(ObjectHead head) {
      return new Seen(
          head.etag(),
          head.size(),
          head.lastModified(),
          head.metadata().get("write-id"),
          "true".equalsIgnoreCase(head.metadata().get("is-deleted")),
          false);
    }

    boolean sameAs(Seen before) {
      return Objects.equals(etag, before.etag)
          && size == before.size
          && sameTime(before)
          && (before.listed
              || (Objects.equals(writeId, before.writeId) && deleted == before.deleted));
    }

    /** Some stores list milliseconds and head whole seconds. */
    private boolean sameTime(Seen before) {
      return before.listed
          ? Math.floorDiv(lastModified, 1000L) == Math.floorDiv(before.lastModified, 1000L)
          : lastModified == before.lastModified;
    }
  }
}
