package dev.memoryproxy.storage;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a body before or after it came, to tell whether it may be a repetition: a client
 * that lost our answer sends the same bytes again, and must not be told that its own write stands
 * in its way.
 *
 * @param repeatable whether this client's repetitions are acknowledged at all
 * @param md5 of the body, lower-case hex; empty when not known yet
 * @param size of the body in bytes; empty when not known yet
 */
public record Announcement(boolean repeatable, Optional<String> md5, OptionalLong size) {
  /** A write whose repetitions are judged like any other write. */
  public static final Announcement NOT_REPEATABLE =
      new Announcement(false, Optional.empty(), OptionalLong.empty());

  /**
   * Whether the file may hold these very bytes already, as far as is known. A tombstone holds none.
   */
  boolean mayRepeat(StoredBlob state) {
    return repeatable
        && !state.deleted()
        && (size.isEmpty() || size.getAsLong() == state.size())
        && (md5.isEmpty() || state.md5() == null || md5.get().equals(state.md5()));
  }
}
