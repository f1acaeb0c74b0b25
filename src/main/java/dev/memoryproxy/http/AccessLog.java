package dev.memoryproxy.http;

import io.vertx.core.http.HttpServerResponse;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One line a request, as key-value pairs that text and JSON layouts both render. It holds neither
 * headers nor query, so no token and no secret can get into it; of the token only its name.
 */
final class AccessLog {
  /** The status on record for a client that went away before there was an answer. */
  static final int CLIENT_GONE = 499;

  private static final Logger LOG = LoggerFactory.getLogger("dev.memoryproxy.access");
  private static final int MAX_TEXT = 4_096;
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private AccessLog() {}

  /**
   * Writes the line.
   *
   * @param complete whether the whole answer was handed to the connection
   * @param cutOff whether this service would not wait any longer, rather than the client
   */
  static void write(Exchange exchange, boolean complete, boolean cutOff) {
    HttpServerResponse response = exchange.response();
    int status = complete || response.headWritten() ? response.getStatusCode() : CLIENT_GONE;
    var line =
        LOG.atLevel(cutOff ? Level.WARN : Level.INFO)
            .addKeyValue("request_id", exchange.id())
            .addKeyValue("method", printable(exchange.request().method().name()))
            .addKeyValue("path", printable(exchange.rawPath()))
            .addKeyValue("status", status)
            .addKeyValue("bytes_out", response.bytesWritten())
            .addKeyValue("bytes_in", exchange.request().bytesRead())
            .addKeyValue("ms", exchange.elapsedMillis());
    if (!exchange.key().isEmpty()) {
      line = line.addKeyValue("key", printable(exchange.key()));
    }
    if (!exchange.refusal().isEmpty()) {
      line = line.addKeyValue("error", exchange.refusal());
    }
    if (!complete) {
      line = line.addKeyValue("aborted", true);
    }
    if (cutOff) {
      line = line.addKeyValue("cut_off", "shutdown");
    }
    line.log("request");
  }

  /** Percent-encodes whatever could end a line, close a quotation or colour a terminal. */
  static String printable(String text) {
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    return plain == text.length() && plain <= MAX_TEXT ? text : encoded(text);
  }

  private static boolean isPlain(char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length() && out.length() < MAX_TEXT; i++) {
      char c = text.charAt(i);
      if (isPlain(c)) {
        out.append(c);
      } else if (c < 0x100) {
        out.append('%').append(HEX.toHexDigits((byte) c));
      } else {
        out.append("%u").append(HEX.toHexDigits(c));
      }
    }
    return out.toString();
  }
}
