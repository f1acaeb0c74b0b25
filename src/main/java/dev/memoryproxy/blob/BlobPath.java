package dev.memoryproxy.blob;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The path of a file inside its namespace: valid by construction.
 *
 * <p>One to {@value #MAX_BYTES} bytes of UTF-8, segments separated by single slashes, none empty,
 * none {@code .} or {@code ..}, none starting with {@value #RESERVED}, no control characters. Paths
 * are compared byte for byte: neither case nor Unicode form is folded.
 */
public final class BlobPath implements Comparable<BlobPath> {
  /**
   * The longest path in bytes of UTF-8. S3 takes keys of 1,024 bytes; the rest is for the prefix
   * and the namespace.
   */
  public static final int MAX_BYTES = 900;

  /** Segments that start so belong to the service's own objects. */
  public static final String RESERVED = ".sync-";

  private final String value;

  private BlobPath(String value) {
    this.value = value;
  }

  /**
   * Checks a decoded path.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static BlobPath parse(String path) {
    if (path.isEmpty()) {
      throw invalid("The path is empty: name a file, as in /blob/notes/todo.md.", path);
    }
    if (utf8Length(path) > MAX_BYTES) {
      throw invalid(
          "The path is longer than " + MAX_BYTES + " bytes of UTF-8: use a shorter one.", path);
    }
    for (int i = 0; i < path.length(); i++) {
      if (Character.isISOControl(path.charAt(i))) {
        throw invalid("The path contains a control character: remove it.", path);
      }
    }
    for (String segment : path.split("/", -1)) {
      checkSegment(segment, path);
    }
    return new BlobPath(path);
  }

  /**
   * Decodes a percent-encoded path once and checks it. A {@code +} is a literal plus; encoded
   * slashes separate segments like bare ones.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static BlobPath parseEncoded(String raw) {
    return parse(PercentEncoding.decode(raw));
  }

  private static void checkSegment(String segment, String path) {
    if (segment.isEmpty()) {
      throw invalid(
          "The path has an empty segment: remove leading, trailing and doubled slashes.", path);
    }
    if (segment.equals(".") || segment.equals("..")) {
      throw invalid("The path has a '" + segment + "' segment: send the path resolved.", path);
    }
    if (segment.startsWith(RESERVED)) {
      throw invalid(
          "Names that start with '" + RESERVED + "' are reserved: choose another name.", path);
    }
  }

  private static int utf8Length(String path) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(path));
      return bytes.remaining();
    } catch (CharacterCodingException e) {
      throw invalid("The path is not valid Unicode: send UTF-8.", "");
    }
  }

  private static ProxyError invalid(String detail, String path) {
    return new ProxyError(ProxyError.Kind.INVALID_PATH, detail, Map.of("path", printable(path)));
  }

  private static String printable(String path) {
    StringBuilder out = new StringBuilder();
    path.codePoints()
        .limit(200)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return out.toString();
  }

  /** The object key of this path in a namespace. */
  public String key(String storePrefix, Namespace namespace) {
    return namespace.keyRoot(storePrefix) + value;
  }

  @Override
  public int compareTo(BlobPath other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlobPath path && path.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** The decoded path, exactly as the client sent it. */
  @Override
  public String toString() {
    return value;
  }
}
