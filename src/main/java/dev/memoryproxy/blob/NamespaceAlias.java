package dev.memoryproxy.blob;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Another way to name namespaces: <code>*&#47;memory</code> for <code>personas/*&#47;memory</code>.
 * A star stands for characters of one segment; the n-th on the right takes what the n-th on the
 * left stands for.
 */
public final class NamespaceAlias {
  private final String from;
  private final String to;
  private final List<SegmentPattern> asked;
  private final List<SegmentPattern> meant;

  private NamespaceAlias(
      String from, String to, List<SegmentPattern> asked, List<SegmentPattern> meant) {
    this.from = from;
    this.to = to;
    this.asked = asked;
    this.meant = meant;
  }

  /**
   * Reads an alias.
   *
   * @param from what clients ask for
   * @param to what they get
   * @throws PatternException when one side is no name with stars, or they have different numbers of
   *     stars
   */
  public static NamespaceAlias parse(String from, String to) {
    List<SegmentPattern> asked = side("left", from);
    List<SegmentPattern> meant = side("right", to);
    if (stars(asked) != stars(meant)) {
      throw new PatternException(
          "has "
              + stars(asked)
              + " '*' on its left side and "
              + stars(meant)
              + " on its right one, where both must have as many");
    }
    return new NamespaceAlias(from, to, asked, meant);
  }

  private static List<SegmentPattern> side(String name, String text) {
    String place = "has a " + name + " side that ";
    if (text.isEmpty()) {
      throw new PatternException(place + "is empty: the unnamed namespace has no alias");
    }
    try {
      // Whatever the stars stand for: is the rest of it the name of a namespace?
      Namespace.parse(text.replace('*', 'x'));
      return Arrays.stream(NamespacePattern.segmentsOf(text)).map(SegmentPattern::parse).toList();
    } catch (PatternException e) {
      throw new PatternException(place + e.problem());
    } catch (ProxyError e) {
      throw new PatternException(place + PatternException.of(e).problem());
    }
  }

  private static int stars(List<SegmentPattern> segments) {
    return segments.stream().mapToInt(SegmentPattern::stars).sum();
  }

  /** What clients ask for. */
  String from() {
    return from;
  }

  /** The name that is meant by this one; empty when the alias isn't about it. */
  Optional<String> apply(String name) {
    String[] segments = NamespacePattern.segmentsOf(name);
    if (segments.length != asked.size()) {
      return Optional.empty();
    }
    List<String> captured = new ArrayList<>();
    for (int i = 0; i < segments.length; i++) {
      Optional<List<String>> part = asked.get(i).capture(segments[i]);
      if (part.isEmpty()) {
        return Optional.empty();
      }
      captured.addAll(part.get());
    }
    List<String> filled = new ArrayList<>();
    int next = 0;
    for (SegmentPattern segment : meant) {
      filled.add(segment.fill(captured.subList(next, next + segment.stars())));
      next += segment.stars();
    }
    return Optional.of(String.join("/", filled));
  }

  /** The alias as it was written. */
  @Override
  public String toString() {
    return from + "=" + to;
  }
}
