package dev.memoryproxy.blob;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** MD5 digests as this service writes them: 32 lower-case hex digits. */
public final class Md5 {
  /** The digest of no bytes, which every empty file and every tombstone's object shares. */
  public static final String OF_NOTHING = "d41d8cd98f00b204e9800998ecf8427e";

  private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{32}");

  private Md5() {}

  /** Reads a digest written as 32 hex digits or as base64 of 16 bytes (RFC 1864). */
  public static Optional<String> parse(String text) {
    if (HEX.matcher(text).matches()) {
      return Optional.of(text.toLowerCase(Locale.ROOT));
    }
    if (text.length() != 24) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      // The decoder ignores stray bits in the last digit; encoding again shows them.
      return bytes.length == 16 && Base64.getEncoder().encodeToString(bytes).equals(text)
          ? Optional.of(HexFormat.of().formatHex(bytes))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A fresh digester; not thread-safe. */
  public static MessageDigest digester() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has MD5", e);
    }
  }

  /** Finishes a digest as hex. */
  public static String hex(MessageDigest digester) {
    return HexFormat.of().formatHex(digester.digest());
  }

  /** The digest of bytes in memory. */
  public static String of(byte[] bytes) {
    MessageDigest digester = digester();
    digester.update(bytes);
    return hex(digester);
  }
}
