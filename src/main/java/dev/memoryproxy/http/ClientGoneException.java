package dev.memoryproxy.http;

/** The client went away before its answer was complete. Nobody is left to tell. */
final class ClientGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ClientGoneException() {
    super("the client went away", null, false, false);
  }
}
