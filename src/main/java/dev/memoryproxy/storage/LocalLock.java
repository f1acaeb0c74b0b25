package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a second process, or a second store of this one, out of a directory. The system releases it
 * when the process ends, however it ends; the file stays and means nothing.
 */
final class LocalLock implements AutoCloseable {
  /**
   * Directories that this JVM has taken. POSIX drops all locks that a process has on a file as soon
   * as it closes any descriptor of it, so the file must not even be opened a second time.
   */
  private static final Set<Path> TAKEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private LocalLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Takes a directory.
   *
   * @throws StoreException {@code BUSY} when it is taken
   */
  static LocalLock take(Path dataDir) throws IOException {
    Path directory = dataDir.toRealPath();
    if (!TAKEN.add(directory)) {
      throw taken(directory, "this process");
    }
    try {
      return new LocalLock(directory, lock(directory));
    } catch (IOException | RuntimeException e) {
      TAKEN.remove(directory);
      throw e;
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw taken(directory, "another process (pid " + owner(channel) + ")");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static String owner(FileChannel channel) {
    try {
      ByteBuffer text = ByteBuffer.allocate(32);
      channel.read(text, 0);
      return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      // Where locks are mandatory, nobody else can read the file.
      return "unknown";
    }
  }

  private static StoreException taken(Path directory, String owner) {
    return new StoreException(
        StoreException.Kind.BUSY,
        "DATA_DIR "
            + directory
            + " is in use by "
            + owner
            + ": stop that one first, or set DATA_DIR to another directory",
        null);
  }

  @Override
  public void close() throws IOException {
    if (!channel.isOpen()) {
      return; // Who has the directory now must keep it.
    }
    try {
      channel.close();
    } finally {
      TAKEN.remove(directory);
    }
  }
}
