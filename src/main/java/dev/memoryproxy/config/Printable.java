package dev.memoryproxy.config;

/** Texts from outside, made fit for one line. */
final class Printable {
  private static final int LIMIT = 60;

  private Printable() {}

  /** Quotes a text, without control characters and cut short. */
  static String of(String text) {
    StringBuilder out = new StringBuilder("\"");
    text.codePoints()
        .limit(LIMIT)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return out.append(text.length() > LIMIT ? "…\"" : "\"").toString();
  }
}
