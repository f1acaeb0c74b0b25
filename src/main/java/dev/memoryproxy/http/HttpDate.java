package dev.memoryproxy.http;

import io.netty.handler.codec.DateFormatter;
import java.util.Date;
import java.util.Optional;

/** Dates as HTTP writes them: whole seconds, GMT. */
final class HttpDate {
  private HttpDate() {}

  /**
   * An IMF-fixdate (RFC 9110, 5.6.7), such as {@code Mon, 15 Jan 2024 10:30:00 GMT}.
   *
   * @param millis since the epoch; the part below a second is dropped
   */
  static String format(long millis) {
    return DateFormatter.format(new Date(millis));
  }

  /** Seconds since the epoch, from any of the three forms that HTTP knows. */
  static Optional<Long> parseSeconds(String text) {
    Date date = DateFormatter.parseHttpDate(text);
    return date == null ? Optional.empty() : Optional.of(Math.floorDiv(date.getTime(), 1000L));
  }
}
