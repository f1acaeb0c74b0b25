package dev.memoryproxy.storage;

import static java.util.Objects.requireNonNull;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * What follows the content in an object's file: a line of JSON, then a footer of fixed length with
 * the JSON's length and CRC-32. All of it is text, so that {@code cat} and {@code grep} stay useful
 * on the file, and it comes last, so that {@code head} shows the content.
 *
 * @param key the object's key; tells a file that was moved or copied by hand
 * @param md5 of the content, lower-case hex
 * @param size bytes of content before the trailer
 * @param lastModified milliseconds since the epoch; the file's own time means nothing
 */
record LocalTrailer(
    String key, String md5, long size, long lastModified, ObjectAttributes attributes) {
  private static final String MAGIC = "MPBLOB1 ";
  private static final Pattern FOOTER_FORM = Pattern.compile(MAGIC + "[0-9a-f]{8} [0-9a-f]{8}\n");
  private static final int FOOTER = MAGIC.length() + 8 + 1 + 8 + 1;

  /** Far more than the longest key and 2 KB of metadata make. */
  private static final int MAX_TEXT = 64 << 10;

  /** Most trailers come with the first read. */
  private static final int FIRST_READ = 2 << 10;

  /** A file that is not a whole object: cut short, changed by hand, or never ours. */
  static final class Broken extends IOException {
    private static final long serialVersionUID = 1L;

    Broken(String reason) {
      super(reason);
    }

    /** The same, naming the file. */
    Broken in(Path file) {
      return new Broken(file + ": " + getMessage());
    }
  }

  ByteBuffer encode() {
    JsonObject metadata = new JsonObject();
    attributes.metadata().forEach(metadata::put);
    JsonObject json =
        new JsonObject()
            .put("key", key)
            .put("md5", md5)
            .put("size", size)
            .put("last_modified", lastModified)
            .put("content_type", attributes.contentType())
            .put("metadata", metadata);
    byte[] text = ("\n" + json.encode() + "\n").getBytes(StandardCharsets.UTF_8);
    String footer = String.format("%s%08x %08x\n", MAGIC, text.length, crc(text));
    return ByteBuffer.allocate(text.length + FOOTER)
        .put(text)
        .put(footer.getBytes(StandardCharsets.US_ASCII))
        .flip();
  }

  /**
   * Reads the trailer of an open file.
   *
   * @throws Broken when the file is not a whole object
   */
  static LocalTrailer read(FileChannel file) throws IOException {
    long end = file.size();
    if (end < FOOTER) {
      throw new Broken("it is shorter than a footer");
    }
    byte[] tail = readAt(file, end - Math.min(end, FIRST_READ), (int) Math.min(end, FIRST_READ));
    String footer = new String(tail, tail.length - FOOTER, FOOTER, StandardCharsets.ISO_8859_1);
    if (!FOOTER_FORM.matcher(footer).matches()) {
      throw new Broken("it has no footer");
    }
    long length = Long.parseLong(footer, MAGIC.length(), MAGIC.length() + 8, 16);
    long size = end - FOOTER - length;
    if (length > MAX_TEXT || size < 0) {
      throw new Broken("its footer tells a wrong length");
    }
    byte[] text = new byte[(int) length];
    if (length + FOOTER <= tail.length) {
      System.arraycopy(tail, (int) (tail.length - FOOTER - length), text, 0, text.length);
    } else {
      text = readAt(file, size, text.length);
    }
    if (crc(text) != Long.parseLong(footer, FOOTER - 9, FOOTER - 1, 16)) {
      throw new Broken("its metadata was changed");
    }
    LocalTrailer trailer = decode(new String(text, StandardCharsets.UTF_8));
    if (trailer.size != size) {
      throw new Broken("it has " + size + " bytes of content instead of " + trailer.size);
    }
    return trailer;
  }

  private static LocalTrailer decode(String text) throws Broken {
    try {
      JsonObject json = new JsonObject(text);
      Map<String, String> metadata = new HashMap<>();
      JsonObject stored = json.getJsonObject("metadata");
      stored.fieldNames().forEach(name -> metadata.put(name, stored.getString(name)));
      return new LocalTrailer(
          requireNonNull(json.getString("key")),
          requireNonNull(json.getString("md5")),
          json.getLong("size"),
          json.getLong("last_modified"),
          new ObjectAttributes(requireNonNull(json.getString("content_type")), metadata));
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      throw new Broken("its metadata cannot be read");
    }
  }

  private static byte[] readAt(FileChannel file, long position, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) < 0) {
        throw new Broken("it became shorter while it was read");
      }
    }
    return buffer.array();
  }

  private static long crc(byte[] text) {
    CRC32 crc = new CRC32();
    crc.update(text);
    return crc.getValue();
  }
}
