package dev.memoryproxy.index;

/** What memory holds no longer fits the bucket's log: the namespace must be opened anew. */
final class ReopenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReopenException(String why) {
    super(why, null, false, false);
  }
}
