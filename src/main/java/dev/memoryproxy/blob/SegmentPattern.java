package dev.memoryproxy.blob;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one segment of a name may be: a text in which each {@code *} stands for any characters or
 * none, as few as possible. No backtracking: of the pieces between two stars the first place where
 * one fits is as good as any later one.
 */
final class SegmentPattern {
  private final List<String> pieces;

  private SegmentPattern(List<String> pieces) {
    this.pieces = pieces;
  }

  /**
   * Reads a segment; that names may look so is checked for all segments together.
   *
   * @throws PatternException when two stars stand side by side
   */
  static SegmentPattern parse(String text) {
    if (text.contains("**")) {
      throw new PatternException("has '**' where only '*' may stand");
    }
    return new SegmentPattern(List.of(text.split("\\*", -1)));
  }

  /** How many stars there are. */
  int stars() {
    return pieces.size() - 1;
  }

  boolean matches(String segment) {
    return capture(segment).isPresent();
  }

  /** What each star stands for; empty when the segment doesn't match. */
  Optional<List<String>> capture(String segment) {
    String first = pieces.get(0);
    if (stars() == 0) {
      return segment.equals(first) ? Optional.of(List.of()) : Optional.empty();
    }
    String last = pieces.get(stars());
    int from = first.length();
    int end = segment.length() - last.length();
    if (end < from || !segment.startsWith(first) || !segment.endsWith(last)) {
      return Optional.empty();
    }
    List<String> captured = new ArrayList<>(stars());
    for (String piece : pieces.subList(1, stars())) {
      int at = segment.indexOf(piece, from);
      if (at < 0 || at + piece.length() > end) {
        return Optional.empty();
      }
      captured.add(segment.substring(from, at));
      from = at + piece.length();
    }
    captured.add(segment.substring(from, end));
    return Optional.of(captured);
  }

  /** The text with these in place of the stars, one for each. */
  String fill(List<String> captured) {
    StringBuilder out = new StringBuilder(pieces.get(0));
    for (int i = 0; i < captured.size(); i++) {
      out.append(captured.get(i)).append(pieces.get(i + 1));
    }
    return out.toString();
  }
}
