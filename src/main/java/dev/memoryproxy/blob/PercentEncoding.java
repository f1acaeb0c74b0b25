package dev.memoryproxy.blob;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;

/**
 * Strict percent-decoding of URI paths (RFC 3986): every {@code %} needs two hex digits, the octets
 * must be UTF-8, and {@code +} stays a plus. {@link java.net.URLDecoder} is for forms and does none
 * of these.
 */
public final class PercentEncoding {
  private PercentEncoding() {}

  /**
   * Decodes once.
   *
   * @throws ProxyError {@code INVALID_PATH}
   */
  public static String decode(String raw) {
    boolean encoded = false;
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) >= 0x80) {
        throw invalid("The path has bytes outside ASCII: percent-encode its UTF-8 octets.");
      }
      encoded |= raw.charAt(i) == '%';
    }
    if (!encoded) {
      return raw;
    }
    byte[] in = raw.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    for (int i = 0; i < in.length; i++) {
      if (in[i] != '%') {
        out.write(in[i]);
        continue;
      }
      boolean complete = i + 2 < in.length;
      int high = complete ? Character.digit(in[i + 1], 16) : -1;
      int low = complete ? Character.digit(in[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw invalid("The path has a '%' that two hex digits do not follow: write %25 for '%'.");
      }
      out.write(high << 4 | low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(out.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw invalid("The path's percent-encoded octets are not UTF-8: encode the path as UTF-8.");
    }
  }

  /**
   * Writes text as printable ASCII that {@link #decode} reads back: plain names stay as they are,
   * only {@code %}, spaces, control characters and what is outside ASCII is encoded.
   */
  public static String encodeUnprintable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
      if (octet > ' ' && octet < 0x7f && octet != '%') {
        out.append((char) octet);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(octet));
      }
    }
    return out.toString();
  }

  private static ProxyError invalid(String detail) {
    return new ProxyError(ProxyError.Kind.INVALID_PATH, detail, Map.of());
  }
}
