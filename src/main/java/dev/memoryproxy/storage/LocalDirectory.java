package dev.memoryproxy.storage;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * {@code DATA_DIR}, taken by this process:
 *
 * <pre>
 * lock          held while a process uses the directory
 * format.json   the version of this layout and how keys became names
 * objects/      one file an object, see {@link LocalNames} and {@link LocalTrailer}
 * incoming/     files that are still being written; what a crash left is removed at the next start
 * </pre>
 *
 * <p>Other files in the directory are left alone. Every method blocks.
 */
final class LocalDirectory implements AutoCloseable {
  private static final String FORMAT_NAME = "memory-proxy-local";
  private static final int FORMAT_VERSION = 1;
  private static final String TEMPORARY = ".tmp";
  private static final String OBJECTS = "objects";
  private static final String INCOMING = "incoming";
  private static final String FORMAT_FILE = "format.json";

  private final LocalLock lock;
  private final LocalNames names;
  private final LocalTree tree;
  private final Path incoming;

  private LocalDirectory(LocalLock lock, LocalNames names, LocalTree tree, Path incoming) {
    this.lock = lock;
    this.names = names;
    this.tree = tree;
    this.incoming = incoming;
  }

  /**
   * Takes the directory, making it when it is missing.
   *
   * @throws StoreException {@code BUSY} when another process has it, {@code OTHER} when its layout
   *     is not for this release or this file system
   */
  static LocalDirectory open(Path dataDir, LocalDisk disk) throws IOException {
    Path directory = dataDir.toAbsolutePath().normalize();
    if (!Files.isDirectory(directory)) {
      makeDirectories(directory, disk);
      ownerOnly(directory);
    }
    LocalLock lock = LocalLock.take(directory);
    try {
      Path objects = directory.resolve(OBJECTS);
      Path incoming = directory.resolve(INCOMING);
      boolean portable = settleFormat(directory, objects, disk);
      makeDirectories(objects, disk);
      makeDirectories(incoming, disk);
      disk.forceDirectory(directory);
      sweep(incoming, disk);
      return new LocalDirectory(
          lock, new LocalNames(portable), new LocalTree(objects, disk), incoming);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Takes a directory that a service has used before, and leaves its objects as they are.
   *
   * @throws StoreException as {@link #open} does, and {@code NO_BUCKET} when it is no such
   *     directory
   */
  static LocalDirectory openExisting(Path dataDir, LocalDisk disk) throws IOException {
    Path directory = dataDir.toAbsolutePath().normalize();
    Path objects = directory.resolve(OBJECTS);
    if (!Files.isRegularFile(directory.resolve(FORMAT_FILE)) || !Files.isDirectory(objects)) {
      throw new StoreException(
          StoreException.Kind.NO_BUCKET,
          "DATA_DIR "
              + directory
              + " is not the directory of a service, which holds format.json and objects/: set"
              + " DATA_DIR to the one that the service uses",
          null);
    }
    LocalLock lock = LocalLock.take(directory);
    try {
      boolean portable = settleFormat(directory, objects, disk);
      Path incoming = directory.resolve(INCOMING);
      makeDirectories(incoming, disk);
      return new LocalDirectory(
          lock, new LocalNames(portable), new LocalTree(objects, disk), incoming);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  LocalNames names() {
    return names;
  }

  LocalTree tree() {
    return tree;
  }

  /** A name for a file to be written, in the file system of the objects. */
  Path temporary() {
    return incoming.resolve(UUID.randomUUID() + TEMPORARY);
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  /** Memory is private; who made the directory beforehand has decided for themselves. */
  private static void ownerOnly(Path directory) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(directory, PosixFileAttributeView.class);
    if (view != null) {
      view.setPermissions(PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static void makeDirectories(Path directory, LocalDisk disk) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      makeDirectories(parent, disk);
    }
    try {
      disk.makeDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw new StoreException(
            StoreException.Kind.OTHER, directory + " is a file: set DATA_DIR to a directory", e);
      }
    }
    if (parent != null) {
      disk.forceDirectory(parent);
    }
  }

  /** Reads or settles how keys become names; true when the names must be portable. */
  private static boolean settleFormat(Path directory, Path objects, LocalDisk disk)
      throws IOException {
    Path file = directory.resolve(FORMAT_FILE);
    boolean needed = disk.needsPortableNames(directory);
    JsonObject format;
    try {
      format = new JsonObject(Files.readString(file));
    } catch (NoSuchFileException e) {
      if (!isEmpty(objects)) {
        throw refused(directory, "holds objects but no format.json: restore that file");
      }
      writeFormat(directory, file, needed, disk);
      return needed;
    } catch (DecodeException e) {
      throw refused(directory, "has a format.json that cannot be read: restore that file");
    }
    if (!FORMAT_NAME.equals(format.getValue("format"))
        || !Integer.valueOf(FORMAT_VERSION).equals(format.getValue("version"))
        || !(format.getValue("portable_names") instanceof Boolean portable)) {
      throw refused(
          directory,
          "has another layout than this release knows ("
              + format.encode()
              + "): use the release that wrote it, or another DATA_DIR");
    }
    if (needed && !portable) {
      throw refused(
          directory,
          "was made on a file system that tells README from readme and now is on one that does"
              + " not: move it back and copy its files through the API");
    }
    return portable;
  }

  private static void writeFormat(Path directory, Path file, boolean portable, LocalDisk disk)
      throws IOException {
    JsonObject format =
        new JsonObject()
            .put("format", FORMAT_NAME)
            .put("version", FORMAT_VERSION)
            .put("portable_names", portable);
    Path temporary = directory.resolve(FORMAT_FILE + TEMPORARY);
    Files.deleteIfExists(temporary);
    try (FileChannel out = disk.create(temporary)) {
      disk.write(out, ByteBuffer.wrap((format.encode() + "\n").getBytes(StandardCharsets.UTF_8)));
      disk.force(out);
    }
    disk.rename(temporary, file);
    disk.forceDirectory(directory);
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    } catch (NoSuchFileException e) {
      return true;
    }
  }

  private static void sweep(Path incoming, LocalDisk disk) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(incoming, "*" + TEMPORARY)) {
      for (Path file : left) {
        disk.delete(file);
      }
    }
  }

  private static StoreException refused(Path directory, String reason) {
    return new StoreException(
        StoreException.Kind.OTHER, "DATA_DIR " + directory + " " + reason, null);
  }
}
