package dev.memoryproxy.storage;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * An object's file, open for reading: content, then {@link LocalTrailer}. It stays readable as it
 * was when the object is replaced or deleted meanwhile. Every method blocks.
 */
final class LocalObjectFile implements AutoCloseable {
  private static final int COPY_BUFFER = 64 << 10;

  private final FileChannel channel;
  private final LocalTrailer trailer;

  private LocalObjectFile(FileChannel channel, LocalTrailer trailer) {
    this.channel = channel;
    this.trailer = trailer;
  }

  /**
   * Opens the file of a key; empty when there is none.
   *
   * @throws LocalTrailer.Broken when what is there is not that object, whole
   */
  static Optional<LocalObjectFile> open(Path file, String key) throws IOException {
    FileChannel channel;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    boolean whole = false;
    try {
      LocalTrailer trailer = LocalTrailer.read(channel);
      if (!trailer.key().equals(key)) {
        throw new LocalTrailer.Broken("it is a copy of the object " + trailer.key());
      }
      whole = true;
      return Optional.of(new LocalObjectFile(channel, trailer));
    } catch (IOException e) {
      // Systems open a directory like a file, and differ in what reading it says.
      throw Files.isDirectory(file) ? new LocalTrailer.Broken("it is a directory") : e;
    } finally {
      if (!whole) {
        channel.close();
      }
    }
  }

  LocalTrailer trailer() {
    return trailer;
  }

  /** Reads bytes of the content, all of them. */
  Buffer read(long position, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 0) {
        throw new LocalTrailer.Broken("it became shorter while it was read");
      }
    }
    return Buffer.buffer(bytes.array());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /**
   * Writes a new file with an object's content and trailer and makes its content durable. Heap use
   * does not depend on the size of a spooled payload. A failure may leave the file behind.
   *
   * @return what was written
   */
  static LocalTrailer write(
      LocalDisk disk,
      Path file,
      String key,
      Payload payload,
      ObjectAttributes attributes,
      long lastModified)
      throws IOException {
    try (FileChannel out = disk.create(file)) {
      MessageDigest md5 = Md5.digester();
      long size =
          payload instanceof Payload.Spooled spooled
              ? copy(disk, spooled.file(), out, md5)
              : copy(disk, ((Payload.InMemory) payload).bytes().getBytes(), out, md5);
      if (size != payload.size()) {
        throw new IOException(
            "the payload has " + size + " bytes instead of " + payload.size() + " as announced");
      }
      LocalTrailer trailer = new LocalTrailer(key, Md5.hex(md5), size, lastModified, attributes);
      disk.write(out, trailer.encode());
      disk.force(out);
      return trailer;
    }
  }

  private static long copy(LocalDisk disk, byte[] bytes, FileChannel out, MessageDigest md5)
      throws IOException {
    md5.update(bytes);
    disk.write(out, ByteBuffer.wrap(bytes));
    return bytes.length;
  }

  private static long copy(LocalDisk disk, Path spooled, FileChannel out, MessageDigest md5)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_BUFFER);
    long size = 0;
    try (FileChannel in = FileChannel.open(spooled, StandardOpenOption.READ)) {
      while (in.read(buffer) >= 0) {
        buffer.flip();
        size += buffer.remaining();
        md5.update(buffer.duplicate());
        disk.write(out, buffer);
        buffer.clear();
      }
    }
    return size;
  }
}
