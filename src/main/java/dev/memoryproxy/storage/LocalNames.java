package dev.memoryproxy.storage;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Turns object keys into file names and back. No two keys share a file, no file shares a name with
 * a directory, and every name is ASCII of at most 250 bytes.
 *
 * <p>Each segment of a key but the last is a directory; the last one is a file with {@value
 * #SUFFIX} appended. What a name cannot hold is percent-encoded: control characters, {@code %} and
 * everything outside ASCII, because a file system may normalise Unicode and a JVM in the POSIX
 * locale cannot name such files at all. A segment longer than {@value #MAX_CHUNK} characters goes
 * on inside a directory whose name ends in {@value #CONTINUED}.
 *
 * <p>Where the file system does not tell upper from lower case, or refuses the characters that
 * Windows does, those are percent-encoded too.
 */
final class LocalNames {
  /** Ends every object's file name, and no directory's. */
  static final String SUFFIX = ".blob";

  private static final String CONTINUED = "%+";
  private static final String EMPTY_DIRECTORY = "%-";

  /** File systems take names of 255 bytes: the rest is for the suffix and late escapes. */
  private static final int MAX_CHUNK = 240;

  private static final String REFUSED_BY_WINDOWS = "<>:\"|?*\\";
  private static final Pattern WINDOWS_DEVICE =
      Pattern.compile("(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?", Pattern.DOTALL);

  private final boolean portable;

  /**
   * @param portable whether the names must survive a file system that folds case or has Windows'
   *     rules
   */
  LocalNames(boolean portable) {
    this.portable = portable;
  }

  /** The file of an object. */
  Path file(Path root, String key) {
    int slash = key.lastIndexOf('/');
    Path path = directory(root, key.substring(0, slash + 1));
    List<String> chunks = chunks(key.substring(slash + 1));
    for (String chunk : chunks.subList(0, chunks.size() - 1)) {
      path = path.resolve(chunk + CONTINUED);
    }
    return path.resolve(guardDevice(chunks.get(chunks.size() - 1)) + SUFFIX);
  }

  /**
   * The directory of all objects whose keys start so.
   *
   * @param prefix empty, or ending in a slash
   */
  Path directory(Path root, String prefix) {
    Path path = root;
    int start = 0;
    for (int slash = prefix.indexOf('/'); slash >= 0; slash = prefix.indexOf('/', start)) {
      List<String> chunks = chunks(prefix.substring(start, slash));
      for (String chunk : chunks.subList(0, chunks.size() - 1)) {
        path = path.resolve(chunk + CONTINUED);
      }
      path = path.resolve(directoryName(chunks.get(chunks.size() - 1)));
      start = slash + 1;
    }
    return path;
  }

  /**
   * What a name stands for in a key: a file's last part, or a directory's part with its slash where
   * it ends a segment. Empty when no key has such a name; lenient otherwise, so the path of a
   * decoded key must be compared.
   */
  static Optional<String> decode(String name) {
    if (name.endsWith(SUFFIX)) {
      return unescape(name.substring(0, name.length() - SUFFIX.length()));
    }
    if (name.endsWith(CONTINUED)) {
      return unescape(name.substring(0, name.length() - CONTINUED.length()));
    }
    return name.equals(EMPTY_DIRECTORY) ? Optional.of("/") : unescape(name).map(part -> part + '/');
  }

  /** Escapes a segment and cuts it between characters; at least one chunk, the last one ends it. */
  private List<String> chunks(String segment) {
    if (segment.length() <= MAX_CHUNK && segment.chars().noneMatch(this::mustEscape)) {
      return List.of(segment);
    }
    List<String> chunks = new ArrayList<>(1);
    StringBuilder chunk = new StringBuilder();
    segment
        .codePoints()
        .forEach(
            c -> {
              String text = mustEscape(c) ? escape(Character.toString(c)) : Character.toString(c);
              if (chunk.length() + text.length() > MAX_CHUNK) {
                chunks.add(chunk.toString());
                chunk.setLength(0);
              }
              chunk.append(text);
            });
    chunks.add(chunk.toString());
    return chunks;
  }

  private boolean mustEscape(int c) {
    return c < 0x20
        || c >= 0x7F
        || c == '%'
        || (portable && ((c >= 'A' && c <= 'Z') || REFUSED_BY_WINDOWS.indexOf(c) >= 0));
  }

  private String directoryName(String chunk) {
    if (chunk.isEmpty()) {
      return EMPTY_DIRECTORY;
    }
    if (chunk.equals(".") || chunk.equals("..")) {
      return escape(chunk);
    }
    char last = chunk.charAt(chunk.length() - 1);
    if (chunk.endsWith(SUFFIX) || (portable && (last == '.' || last == ' '))) {
      return chunk.substring(0, chunk.length() - 1) + escape(Character.toString(last));
    }
    return guardDevice(chunk);
  }

  private String guardDevice(String chunk) {
    return portable && WINDOWS_DEVICE.matcher(chunk).matches()
        ? escape(chunk.substring(0, 1)) + chunk.substring(1)
        : chunk;
  }

  private static String escape(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      // Lower-case digits: upper-case ones would not be told apart where case is folded.
      out.append('%')
          .append(Character.forDigit(b >> 4 & 0xF, 16))
          .append(Character.forDigit(b & 0xF, 16));
    }
    return out.toString();
  }

  private static Optional<String> unescape(String text) {
    if (text.indexOf('%') < 0) {
      return Optional.of(text);
    }
    ByteBuffer bytes = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        bytes.put((byte) c);
        continue;
      }
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        return Optional.empty();
      }
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    try {
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
