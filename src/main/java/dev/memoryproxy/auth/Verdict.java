package dev.memoryproxy.auth;

/** What is known of a token. */
public sealed interface Verdict {
  /** It is good; the principal says what its owner may do. */
  record Accepted(Principal principal) implements Verdict {}

  /** It is unknown, expired or malformed. */
  record Refused() implements Verdict {}
}
