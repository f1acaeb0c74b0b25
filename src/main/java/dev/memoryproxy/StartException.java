package dev.memoryproxy;

import org.jspecify.annotations.Nullable;

/** A start that failed for a reason the operator can mend; the message says how. */
final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
