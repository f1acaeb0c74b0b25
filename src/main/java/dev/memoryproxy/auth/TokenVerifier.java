package dev.memoryproxy.auth;

import dev.memoryproxy.config.Secret;
import io.vertx.core.Future;

/** Tells good tokens from bad ones. Thread-safe. */
public interface TokenVerifier {
  /**
   * Judges a token.
   *
   * @return completes on the caller's Vert.x context when there is one; fails only with {@code
   *     AUTH_UNAVAILABLE}, when there is no telling
   */
  Future<Verdict> verify(Secret token);

  /** Releases what the verifier holds; verdicts under way may fail. */
  default Future<Void> close() {
    return Future.succeededFuture();
  }
}
