package dev.memoryproxy.config;

/**
 * A text that must not be shown: prints as {@code ***}. It has no equality of its own, because
 * comparing texts takes a time that depends on them; whoever compares secrets compares digests.
 */
public final class Secret {
  private final String value;

  private Secret(String value) {
    this.value = value;
  }

  /** Wraps a text. */
  public static Secret of(String value) {
    return new Secret(value);
  }

  /** The text itself; for the wire only, never for a log or an error. */
  public String reveal() {
    return value;
  }

  @Override
  public String toString() {
    return "***";
  }
}
