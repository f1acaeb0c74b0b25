package dev.memoryproxy;

/** A command that was pointed at something that is no store; the message says how to mend it. */
final class MissingStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MissingStoreException(String message) {
    super(message, null, false, false);
  }
}
