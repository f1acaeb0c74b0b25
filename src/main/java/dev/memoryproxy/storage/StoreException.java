package dev.memoryproxy.storage;

import org.jspecify.annotations.Nullable;

/**
 * A store that could not do what was asked. The message is for the log and for the operator; it
 * names what to mend and holds no secret.
 */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why it failed, by what the caller can do about it. */
  public enum Kind {
    /** Certainly not applied and worth repeating: a conflict with another request, 409. */
    BUSY,
    /** Certainly not applied; the store wants fewer requests: 429, 503. */
    THROTTLED,
    /** Certainly not applied: no connection to the store. */
    UNREACHABLE,
    /** Certainly not applied: so much waits for the store already that this was not even tried. */
    OVERLOADED,
    /** May have been applied: a timeout, a lost connection, a 500. */
    AMBIGUOUS,
    /** Wrong or expired credentials, or a permission that is missing. */
    DENIED,
    /** The bucket does not exist. */
    NO_BUCKET,
    /** The store cannot do this at all: 501. */
    UNSUPPORTED,
    /** Larger than the caller takes. */
    TOO_LARGE,
    /** What is stored there is damaged, or was never put there by this service. */
    DAMAGED,
    /** No room left on the device, or the file system refuses. */
    NO_SPACE,
    /** Anything else, an unexpected 4xx among it: repeating will not help. */
    OTHER
  }

  private final Kind kind;

  /**
   * @param message names the operation and the remedy
   * @param cause may be null
   */
  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Why it failed. */
  public Kind kind() {
    return kind;
  }

  /** Whether a write that failed so may have taken effect, or may yet. */
  public boolean ambiguous() {
    return kind == Kind.AMBIGUOUS;
  }

  /** Whether the same call may succeed a little later. */
  public boolean retryable() {
    return switch (kind) {
      case BUSY, THROTTLED, UNREACHABLE, AMBIGUOUS -> true;
      case OVERLOADED, DENIED, NO_BUCKET, UNSUPPORTED, TOO_LARGE, DAMAGED, NO_SPACE, OTHER -> false;
    };
  }
}
