package dev.memoryproxy.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One range of bytes as a client asked for it (RFC 9110, 14.1.2).
 *
 * @param first index of the first byte; for a suffix, minus the number of bytes from the end
 * @param last index of the last byte, inclusive; {@link Long#MAX_VALUE} when left open
 */
record ByteRange(boolean suffix, long first, long last) {
  private static final Pattern RANGE =
      Pattern.compile("bytes\\s*=\\s*(\\d*)\\s*-\\s*(\\d*)", Pattern.CASE_INSENSITIVE);

  /** Where a range lies in a file, both ends inclusive. */
  record Span(long first, long last) {
    long length() {
      return last - first + 1;
    }
  }

  /** Reads a single range; empty for several, other units and nonsense, which are all ignored. */
  static Optional<ByteRange> parse(String header) {
    Matcher matcher = RANGE.matcher(header.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      return last.isEmpty()
          ? Optional.empty()
          : Optional.of(new ByteRange(true, number(last), Long.MAX_VALUE));
    }
    ByteRange range =
        new ByteRange(false, number(first), last.isEmpty() ? Long.MAX_VALUE : number(last));
    return range.last < range.first ? Optional.empty() : Optional.of(range);
  }

  /** The part of a file of this size that is meant; empty when there is none. */
  Optional<Span> in(long size) {
    if (suffix) {
      return first == 0 || size == 0
          ? Optional.empty()
          : Optional.of(new Span(Math.max(0, size - first), size - 1));
    }
    return first >= size
        ? Optional.empty()
        : Optional.of(new Span(first, Math.min(last, size - 1)));
  }

  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      // More digits than any file has bytes.
      return Long.MAX_VALUE;
    }
  }
}
