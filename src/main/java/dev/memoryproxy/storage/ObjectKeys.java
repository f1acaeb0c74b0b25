package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/** What all stores hold of a key: its limits and its order. */
final class ObjectKeys {
  /** S3's limit. */
  static final int MAX_BYTES = BlobAddress.MAX_KEY_BYTES;

  /**
   * The order of UTF-8 bytes, without encoding. UTF-16 has the same order but for the surrogates of
   * code points from U+10000, which sort below U+E000 to U+FFFF there.
   */
  static final Comparator<String> ORDER = ObjectKeys::compare;

  private ObjectKeys() {}

  /**
   * Refuses what is no key.
   *
   * @throws StoreException {@code OTHER}
   */
  static void check(String key) {
    int length;
    try {
      length = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key)).remaining();
    } catch (CharacterCodingException e) {
      throw new StoreException(
          StoreException.Kind.OTHER, "a key that is not valid Unicode: use UTF-8", e);
    }
    if (length == 0 || length > MAX_BYTES) {
      throw new StoreException(
          StoreException.Kind.OTHER, "a key of " + length + " bytes: use 1 to " + MAX_BYTES, null);
    }
  }

  private static int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char l = left.charAt(i);
      char r = right.charAt(i);
      if (l != r) {
        boolean surrogate = Character.isSurrogate(l);
        return surrogate == Character.isSurrogate(r) ? Character.compare(l, r) : surrogate ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }
}
