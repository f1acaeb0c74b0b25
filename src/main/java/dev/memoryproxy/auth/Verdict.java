package dev.memoryproxy.auth;

/** What is known of a token. */
public sealed interface Verdict {
  /** It is good. What its owner may do would stand here too, beside who it is. */
  record Accepted(Principal principal) implements Verdict {}

  /** It is unknown, expired or malformed. */
  record Refused() implements Verdict {}
}
