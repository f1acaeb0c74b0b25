package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The steps that change a file system, each on its own, so that tests can fail any of them or cut
 * the power between them. Every method blocks.
 */
class LocalDisk {
  /** Opens a new file for writing. */
  FileChannel create(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** Writes all remaining bytes. */
  void write(FileChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  /** Makes a file's content durable. */
  void force(FileChannel file) throws IOException {
    file.force(true);
  }

  /** Makes one directory; its parent must exist. */
  void makeDirectory(Path directory) throws IOException {
    Files.createDirectory(directory);
  }

  /** Makes durable which names a directory holds. */
  void forceDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (AccessDeniedException e) {
      // Windows opens no directory as a file, and keeps its own journal of names.
      if (!System.getProperty("os.name", "").startsWith("Windows")) {
        throw e;
      }
    }
  }

  /** Gives a file another name in the same file system, atomically replacing what has it. */
  void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes a file or an empty directory. */
  void delete(Path path) throws IOException {
    Files.delete(path);
  }

  /** Whether names here must not rely on case or hold what Windows refuses. Leaves nothing. */
  boolean needsPortableNames(Path directory) throws IOException {
    String probe = "probe-" + UUID.randomUUID();
    Path lower = Files.createFile(directory.resolve(probe + "-a.tmp"));
    try {
      return Files.exists(directory.resolve(probe + "-A.tmp"))
          || !takesWindowsCharacters(directory, probe);
    } finally {
      Files.delete(lower);
    }
  }

  private static boolean takesWindowsCharacters(Path directory, String probe) {
    try {
      Path odd = directory.resolve(probe + "<>:\"|?*\\. ");
      Files.createFile(odd);
      Files.delete(odd);
      return true;
    } catch (InvalidPathException | IOException e) {
      return false;
    }
  }
}
