package dev.memoryproxy.index;

import org.jspecify.annotations.Nullable;

/** An index object that this release cannot read. */
final class UnreadableException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean newer;

  private UnreadableException(String message, boolean newer, @Nullable Throwable cause) {
    super(message, cause);
    this.newer = newer;
  }

  static UnreadableException newer(int format) {
    return new UnreadableException("format " + format + " needs a newer release", true, null);
  }

  static UnreadableException corrupt(String message, @Nullable Throwable cause) {
    return new UnreadableException(message, false, cause);
  }

  /** Whether a newer release wrote it; otherwise it is damaged. */
  boolean newer() {
    return newer;
  }
}
