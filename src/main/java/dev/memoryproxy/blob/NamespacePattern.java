package dev.memoryproxy.blob;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Names many namespaces at once: segments separated by slashes, in which {@code *} stands for any
 * characters of one segment, and {@code **}, which is a segment of its own, for any number of
 * segments or none. So {@code personas/alice/**} matches {@code personas/alice} too, and a leading
 * {@code **} may stand for nothing.
 *
 * <p>The unnamed namespace has no segments: {@code **} matches it, and so does the empty pattern,
 * which matches nothing else.
 *
 * <p>Matching takes at most as many steps as pattern and name have segments, multiplied.
 */
public final class NamespacePattern {
  /** The longest pattern, in bytes of UTF-8. */
  public static final int MAX_BYTES = Namespace.MAX_BYTES;

  /** The most segments of a pattern. */
  public static final int MAX_SEGMENTS = 32;

  private static final String ANY_NUMBER = "**";
  private static final Segments RULES = new Segments("pattern", MAX_BYTES);

  private final String text;

  /** An empty one stands for any number of segments. */
  private final List<Optional<SegmentPattern>> segments;

  private NamespacePattern(String text, List<Optional<SegmentPattern>> segments) {
    this.text = text;
    this.segments = segments;
  }

  /**
   * Reads a pattern.
   *
   * @throws PatternException when it is no pattern
   */
  public static NamespacePattern parse(String text) {
    checkNames(text);
    String[] parts = segmentsOf(text);
    if (parts.length > MAX_SEGMENTS) {
      throw new PatternException("has more than " + MAX_SEGMENTS + " segments");
    }
    List<Optional<SegmentPattern>> segments = new ArrayList<>();
    for (String part : parts) {
      segments.add(
          part.equals(ANY_NUMBER) ? Optional.empty() : Optional.of(SegmentPattern.parse(part)));
    }
    return new NamespacePattern(text, List.copyOf(segments));
  }

  private static void checkNames(String text) {
    if (!text.isEmpty()) {
      try {
        RULES.check(text.replace('*', 'x'));
      } catch (ProxyError e) {
        throw PatternException.of(e);
      }
    }
  }

  /** A name's segments; none when it is empty. */
  static String[] segmentsOf(String name) {
    return name.isEmpty() ? new String[0] : name.split("/", -1);
  }

  /** Whether this namespace is meant. */
  public boolean matches(Namespace namespace) {
    String[] name = segmentsOf(namespace.name());
    int at = 0;
    int next = 0;
    int afterAnyNumber = -1;
    int taken = 0;
    while (at < name.length) {
      if (next < segments.size() && segments.get(next).isEmpty()) {
        afterAnyNumber = ++next;
        taken = at;
      } else if (next < segments.size() && segments.get(next).orElseThrow().matches(name[at])) {
        next++;
        at++;
      } else if (afterAnyNumber >= 0) {
        // The last '**' takes one more; an earlier one could not gain anything by it.
        next = afterAnyNumber;
        at = ++taken;
      } else {
        return false;
      }
    }
    return segments.subList(next, segments.size()).stream().allMatch(Optional::isEmpty);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamespacePattern pattern && pattern.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
