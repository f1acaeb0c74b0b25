package dev.memoryproxy.s3server;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One bucket's objects in memory; every method is atomic. */
final class S3Objects {
  /** Larger than any key that starts with what it is appended to. */
  private static final String BEYOND = "\uDBFF\uDFFF";

  private final NavigableMap<String, Stored> objects = new TreeMap<>(S3Objects::compareUtf8);

  /**
   * An object.
   *
   * @param etag without quotes
   * @param lastModified milliseconds, whole seconds
   */
  record Stored(
      Buffer content,
      String etag,
      long lastModified,
      String contentType,
      Map<String, String> metadata) {}

  /**
   * A page of a listing.
   *
   * @param next the token of the following page; null on the last
   */
  record Page(
      Map<String, Stored> objects, List<String> prefixes, int limit, @Nullable String next) {}

  synchronized Optional<Stored> find(String key) {
    return Optional.ofNullable(objects.get(key));
  }

  /**
   * Replaces or (with null) removes an object if its present state passes the test.
   *
   * @return the state that was tested
   */
  synchronized Optional<Stored> change(
      String key, @Nullable Stored replacement, Predicate<Optional<Stored>> test) {
    Optional<Stored> present = find(key);
    if (test.test(present)) {
      if (replacement == null) {
        objects.remove(key);
      } else {
        objects.put(key, replacement);
      }
    }
    return present;
  }

  synchronized int size() {
    return objects.size();
  }

  synchronized Page list(String prefix, String startAfter, String delimiter, int limit) {
    Map<String, Stored> found = new LinkedHashMap<>();
    List<String> prefixes = new ArrayList<>();
    String last = startAfter;
    Map.Entry<String, Stored> entry =
        compareUtf8(startAfter, prefix) < 0
            ? objects.ceilingEntry(prefix)
            : objects.higherEntry(afterGroup(startAfter, prefix, delimiter));
    while (entry != null && entry.getKey().startsWith(prefix)) {
      if (found.size() + prefixes.size() == limit) {
        return new Page(found, prefixes, limit, limit == 0 ? null : token(last));
      }
      String group = group(entry.getKey(), prefix, delimiter);
      if (group.isEmpty()) {
        last = entry.getKey();
        found.put(last, entry.getValue());
        entry = objects.higherEntry(last);
      } else {
        last = group;
        prefixes.add(group);
        entry = objects.higherEntry(group + BEYOND);
      }
    }
    return new Page(found, prefixes, limit, null);
  }

  /** Past the whole group when that is where the last page ended. */
  private static String afterGroup(String startAfter, String prefix, String delimiter) {
    String group = startAfter.startsWith(prefix) ? group(startAfter, prefix, delimiter) : "";
    boolean endedWithGroup = !group.isEmpty() && group.equals(startAfter);
    return endedWithGroup ? startAfter + BEYOND : startAfter;
  }

  private static String group(String key, String prefix, String delimiter) {
    int at = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
    return at < 0 ? "" : key.substring(0, at + delimiter.length());
  }

  private static String token(String last) {
    return Base64.getUrlEncoder().encodeToString(last.getBytes(StandardCharsets.UTF_8));
  }

  /** The key or group that a token stands for. */
  static String fromToken(String token) {
    return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
  }

  /** Orders strings as their UTF-8 bytes, which is by code point and not by UTF-16 unit. */
  static int compareUtf8(String a, String b) {
    int shorter = Math.min(a.length(), b.length());
    for (int i = 0; i < shorter; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean same = Character.isSurrogate(x) == Character.isSurrogate(y);
        return same ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }
}
