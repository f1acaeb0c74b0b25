package dev.memoryproxy.index;

/** Where the index reports what an operator must know: damage, refusals, repairs. */
@FunctionalInterface
public interface Alarms {
  /**
   * Something that should not happen has happened.
   *
   * @param kind what it was
   * @param message for the operator; names the namespace and the remedy, holds no secret
   */
  void raise(Kind kind, String message);

  /** What an alarm is about. */
  enum Kind {
    /** An index object that cannot be read at a known format. */
    CORRUPT,
    /** An index object of a format that only a newer release knows. */
    NEWER_FORMAT,
    /** The log has a hole; the index was rebuilt from what is readable. */
    REBUILT,
    /** So many files are missing from the bucket that no tombstones are made. */
    MASS_LOSS,
    /** A background task failed; it will be tried again. */
    BACKGROUND
  }
}
