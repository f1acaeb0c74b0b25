package dev.memoryproxy.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Temporary files for bodies on their way in. One for a process, shared by all verticle instances;
 * thread-safe.
 *
 * <p>Two processes may share the directory while one replaces the other. So each holds a lock file
 * while it lives, its files carry the same name, and a sweep removes only files whose lock nobody
 * holds: what a crash left behind, never what another process is writing.
 */
public final class Spool {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);
  private static final String PREFIX = "memory-proxy-";
  private static final String LOCK = ".lock";
  private static final String BODY = ".spool";

  private final Path directory;
  private final UploadGate gate;
  private final AtomicLong sequence = new AtomicLong();
  private final String process;
  // Held for file operations, on worker threads only; the object's own monitor guards the counters.
  private final Object files = new Object();
  private volatile String owner = "";
  private @Nullable FileChannel lock;
  private @Nullable Future<Void> opening;
  private int users;

  /**
   * Does nothing yet.
   *
   * @param directory created by {@link #open} if absent
   * @param gate bounds the uploads whose bodies come here
   */
  public Spool(Path directory, UploadGate gate) {
    this.directory = directory.toAbsolutePath();
    this.gate = gate;
    ProcessHandle self = ProcessHandle.current();
    long started = self.info().startInstant().map(instant -> instant.toEpochMilli()).orElse(0L);
    this.process = self.pid() + "-" + started;
  }

  /**
   * Claims the directory and sweeps it; the first caller does it for all. Fails with {@link
   * SpoolException} when the directory can't be made or written.
   */
  synchronized Future<Void> open(Vertx vertx) {
    users++;
    Future<Void> claimed = opening;
    if (claimed == null) {
      claimed =
          vertx.executeBlocking(
              () -> {
                try {
                  claim();
                } catch (IOException e) {
                  throw new SpoolException(directory, e);
                }
                return null;
              });
      opening = claimed;
    }
    Context caller = vertx.getOrCreateContext();
    return OnContext.deliver(caller, claimed).onFailure(cause -> forget());
  }

  private synchronized void forget() {
    users--;
    opening = null;
  }

  /** Lets go of the directory; the last caller does it for all. */
  synchronized Future<Void> close(Vertx vertx) {
    if (--users > 0) {
      return Future.succeededFuture();
    }
    opening = null;
    return vertx.executeBlocking(
        () -> {
          release();
          return null;
        });
  }

  /** What every upload passes before its body is read. */
  UploadGate gate() {
    return gate;
  }

  /** A name for a new file. */
  Path newFile() {
    return directory.resolve(PREFIX + owner + "-" + sequence.incrementAndGet() + BODY);
  }

  /** Creates a file for writing, readable by this user only. */
  static Future<AsyncFile> create(Vertx vertx, Path file) {
    OpenOptions options =
        new OpenOptions().setRead(false).setWrite(true).setCreate(false).setCreateNew(true);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      options.setPerms("rw-------");
    }
    return vertx.fileSystem().open(file.toString(), options);
  }

  /** Removes a file, if it is there; never fails, what stays is swept at the next start. */
  static Future<Void> remove(Vertx vertx, Path file) {
    return vertx
        .<Void>executeBlocking(
            () -> {
              Files.deleteIfExists(file);
              return null;
            },
            false)
        .recover(
            cause -> {
              LOG.warn("spool file {} could not be removed", file, cause);
              return Future.succeededFuture();
            });
  }

  private void claim() throws IOException {
    synchronized (files) {
      Files.createDirectories(directory);
      Path file;
      do {
        releaseLocked();
        owner = process + "-" + UUID.randomUUID();
        file = lockFile(owner);
        FileChannel fresh =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock = fresh;
        fresh.lock();
        // Another process may have swept the file between its creation and the lock.
      } while (!Files.exists(file));
      sweep();
    }
  }

  private void release() throws IOException {
    synchronized (files) {
      releaseLocked();
    }
  }

  private void releaseLocked() throws IOException {
    FileChannel held = lock;
    if (held != null) {
      lock = null;
      Files.deleteIfExists(lockFile(owner));
      held.close();
    }
  }

  private Path lockFile(String name) {
    return directory.resolve(PREFIX + name + LOCK);
  }

  private void sweep() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + LOCK)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String other = name.substring(PREFIX.length(), name.length() - LOCK.length());
        // Opening and closing a lock file of this very process would drop its lock (POSIX).
        if (!other.startsWith(process + "-") && isDead(file)) {
          removeFilesOf(other);
          Files.deleteIfExists(file);
        }
      }
    }
    removeOrphans();
  }

  private static boolean isDead(Path lockFile) throws IOException {
    try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
        FileLock taken = channel.tryLock()) {
      return taken != null;
    }
  }

  private void removeFilesOf(String other) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, PREFIX + other + "-*" + BODY)) {
      for (Path file : files) {
        LOG.info("removing {}, which a process that ended left behind", file);
        Files.deleteIfExists(file);
      }
    }
  }

  private void removeOrphans() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, PREFIX + "*" + BODY)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        int end = name.lastIndexOf('-');
        String other = end > PREFIX.length() ? name.substring(PREFIX.length(), end) : "";
        if (!Files.exists(lockFile(other))) {
          LOG.info("removing {}, which nobody owns", file);
          Files.deleteIfExists(file);
        }
      }
    }
  }
}
