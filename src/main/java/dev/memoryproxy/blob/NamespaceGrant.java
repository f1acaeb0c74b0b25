package dev.memoryproxy.blob;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The permission to use all namespaces of a pattern: {@code personas/alice/**}, or with {@code :ro}
 * behind it to read them only.
 */
public record NamespaceGrant(NamespacePattern pattern, boolean readOnly) {
  /** The most grants of one token. */
  public static final int MAX_GRANTS = 256;

  private static final String READ_ONLY = ":ro";
  private static final int MAX_TOLD = 5;

  /** What people take for permissions. As names they would open something nobody meant. */
  private static final Pattern PERMISSION =
      Pattern.compile(
          ":(r|w|ro|rw|wo|rwx?|read|write|readonly|writeonly|readwrite|(read|write)[-_](only|write)"
              + "|none|deny|all|full|admin|owner)$",
          Pattern.CASE_INSENSITIVE);

  /**
   * Reads one grant.
   *
   * @throws PatternException when it is none
   */
  static NamespaceGrant parse(String text) {
    boolean readOnly = text.endsWith(READ_ONLY);
    String pattern = readOnly ? text.substring(0, text.length() - READ_ONLY.length()) : text;
    Matcher permission = PERMISSION.matcher(pattern);
    if (permission.find()) {
      throw new PatternException(
          "has '"
              + permission.group()
              + "' at its end, which is no permission (there is only ':ro', once and in lower case;"
              + " without it a pattern opens for writing too)");
    }
    return new NamespaceGrant(NamespacePattern.parse(pattern), readOnly);
  }

  /**
   * Reads what JSON says, as its parser gives it.
   *
   * @param value a list of texts; anything else is refused, null too
   * @throws PatternException which says what is wrong with which entries
   */
  public static List<NamespaceGrant> parseAll(@Nullable Object value) {
    if (!(value instanceof List<?> entries)) {
      throw new PatternException("is not a list of patterns");
    }
    if (entries.size() > MAX_GRANTS) {
      throw new PatternException("has more than " + MAX_GRANTS + " entries");
    }
    List<NamespaceGrant> grants = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      try {
        grants.add(parseOne(entries.get(i)));
      } catch (PatternException e) {
        problems.add("has an entry (number " + (i + 1) + ") that " + e.problem());
      }
    }
    if (!problems.isEmpty()) {
      throw new PatternException(told(problems));
    }
    return List.copyOf(grants);
  }

  private static NamespaceGrant parseOne(@Nullable Object entry) {
    if (entry instanceof String text) {
      return parse(text);
    }
    throw new PatternException("is not a text");
  }

  private static String told(List<String> problems) {
    int more = problems.size() - MAX_TOLD;
    String first = String.join(", ", problems.subList(0, Math.min(MAX_TOLD, problems.size())));
    return more > 0 ? first + ", and " + more + " more such entries" : first;
  }
}
