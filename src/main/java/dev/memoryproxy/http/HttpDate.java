package dev.memoryproxy.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Dates as HTTP writes them (RFC 9110, 5.6.7): whole seconds, GMT. */
final class HttpDate {
  private static final DateTimeFormatter IMF_FIXDATE = of("EEE, dd MMM yyyy HH:mm:ss 'GMT'");

  // The second and third are obsolete, but a recipient must still understand them.
  private static final List<DateTimeFormatter> READABLE =
      List.of(IMF_FIXDATE, of("EEEE, dd-MMM-yy HH:mm:ss 'GMT'"), of("EEE MMM ppd HH:mm:ss yyyy"));

  /** Each answer has the present second in it, and that of a file which others read as well. */
  private static final Formatted[] RECENT = new Formatted[256];

  private HttpDate() {}

  private record Formatted(long second, String text) {}

  private static DateTimeFormatter of(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US).withZone(ZoneOffset.UTC);
  }

  /**
   * An IMF-fixdate, such as {@code Mon, 15 Jan 2024 10:30:00 GMT}.
   *
   * @param millis since the epoch; the part below a second is dropped
   */
  static String format(long millis) {
    long second = Math.floorDiv(millis, 1_000L);
    int slot = (int) (second & (RECENT.length - 1));
    // Threads may overwrite each other's: what is found says itself what it is.
    Formatted known = RECENT[slot];
    if (known == null || known.second() != second) {
      known = new Formatted(second, IMF_FIXDATE.format(Instant.ofEpochSecond(second)));
      RECENT[slot] = known;
    }
    return known.text();
  }

  /** Seconds since the epoch, from any of the three forms; empty for anything else. */
  static Optional<Long> parseSeconds(String text) {
    for (DateTimeFormatter form : READABLE) {
      try {
        return Optional.of(LocalDateTime.parse(text.strip(), form).toEpochSecond(ZoneOffset.UTC));
      } catch (DateTimeException e) {
        // Not in this form.
      }
    }
    return Optional.empty();
  }
}
