package dev.memoryproxy.blob;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The rules that paths and namespaces share: both are segments between single slashes, and together
 * they are an object's key.
 *
 * @param noun what the client calls it; also its name in an error's context
 * @param maxBytes in UTF-8
 */
record Segments(String noun, int maxBytes) {
  /**
   * Checks a decoded text that is not empty.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  void check(String text) {
    checkCharacters(text);
    for (String segment : text.split("/", -1)) {
      checkSegment(segment, text);
    }
  }

  /**
   * Checks a decoded text that may end within a segment, or be empty.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  void checkStart(String text) {
    checkCharacters(text);
    String[] segments = text.split("/", -1);
    for (int i = 0; i < segments.length - 1; i++) {
      checkSegment(segments[i], text);
    }
  }

  private void checkCharacters(String text) {
    if (utf8Length(text) > maxBytes) {
      throw invalid("is longer than " + maxBytes + " bytes of UTF-8: use a shorter one.", text);
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        throw invalid("contains a control character: remove it.", text);
      }
    }
  }

  private void checkSegment(String segment, String text) {
    if (segment.isEmpty()) {
      throw invalid("has an empty segment: remove leading, trailing and doubled slashes.", text);
    }
    if (segment.equals(".") || segment.equals("..")) {
      throw invalid("has a '" + segment + "' segment: send it resolved.", text);
    }
    if (segment.startsWith(BlobPath.RESERVED)) {
      throw invalid(
          "has a name that starts with '"
              + BlobPath.RESERVED
              + "', and these are reserved: choose another name.",
          text);
    }
  }

  /** The error that names the offending text. */
  ProxyError invalid(String problem, String text) {
    return new ProxyError(
        ProxyError.Kind.INVALID_PATH, "The " + noun + " " + problem, Map.of(noun, printable(text)));
  }

  private int utf8Length(String text) {
    try {
      ByteBuffer bytes =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      return bytes.remaining();
    } catch (CharacterCodingException e) {
      throw invalid("is not valid Unicode: send UTF-8.", "");
    }
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(200)
        .forEach(c -> out.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
    return out.toString();
  }
}
