package dev.memoryproxy.blob;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The permission to use all namespaces of a pattern: {@code personas/alice/**}, or with {@code :ro}
 * behind it to read them only.
 */
public record NamespaceGrant(NamespacePattern pattern, boolean readOnly) {
  /** The most grants of one token. */
  public static final int MAX_GRANTS = 256;

  private static final String READ_ONLY = ":ro";

  /**
   * Reads one grant.
   *
   * @throws PatternException when it is none
   */
  static NamespaceGrant parse(String text) {
    boolean readOnly = text.endsWith(READ_ONLY);
    String pattern = readOnly ? text.substring(0, text.length() - READ_ONLY.length()) : text;
    return new NamespaceGrant(NamespacePattern.parse(pattern), readOnly);
  }

  /**
   * Reads what JSON says, as its parser gives it.
   *
   * @param value a list of texts; anything else is refused, null too
   * @throws PatternException which says what is wrong with which entry
   */
  public static List<NamespaceGrant> parseAll(@Nullable Object value) {
    if (!(value instanceof List<?> entries)) {
      throw new PatternException("is not a list of patterns");
    }
    List<NamespaceGrant> grants = new ArrayList<>();
    for (Object entry : entries) {
      if (grants.size() == MAX_GRANTS) {
        throw new PatternException("has more than " + MAX_GRANTS + " entries");
      }
      String place = "has an entry (number " + (grants.size() + 1) + ") that ";
      if (!(entry instanceof String text)) {
        throw new PatternException(place + "is not a text");
      }
      try {
        grants.add(parse(text));
      } catch (PatternException e) {
        throw new PatternException(place + e.problem());
      }
    }
    return List.copyOf(grants);
  }
}
