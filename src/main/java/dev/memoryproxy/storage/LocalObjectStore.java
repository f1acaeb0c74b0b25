package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects as files of one directory that belongs to this process: the store for a laptop or a
 * one-machine server without S3.
 *
 * <p>A write goes to a file of its own, is synced, takes its name by an atomic rename, and has the
 * directory synced before it is acknowledged: a crash at any point leaves the old state or the new
 * one. ETags are MD5s, conditional deletes are supported. A file that is not a whole object fails
 * every operation on its key with {@code DAMAGED} and is never replaced, so that it can be
 * restored. While the directory itself is gone, everything fails with {@code UNREACHABLE}.
 *
 * <p>All file I/O runs on {@value #WORKERS} worker threads of the store's own.
 */
public final class LocalObjectStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(LocalObjectStore.class);
  private static final int WORKERS = 16;
  private static final int STRIPES = 256;

  private final Vertx vertx;
  private final LocalDirectory directory;
  private final LocalDisk disk;
  private final TimeSource time;
  private final LocalListing listing;
  private final LocalWorkers workers;

  /** Held from checking a condition until the write is durable, on worker threads only. */
  private final List<Lock> stripes =
      Stream.<Lock>generate(ReentrantLock::new).limit(STRIPES).toList();

  private LocalObjectStore(Vertx vertx, LocalDirectory directory, LocalDisk disk, TimeSource time) {
    this.vertx = vertx;
    this.directory = directory;
    this.disk = disk;
    this.time = time;
    this.listing = new LocalListing(directory.tree(), directory.names());
    this.workers = new LocalWorkers(vertx, WORKERS);
  }

  /**
   * Takes a directory, which no other process may use, and makes it when it is missing.
   *
   * @param dataDir for this service only, on a local file system
   * @return fails with {@link StoreException}, saying what to do: {@code BUSY} when another process
   *     has the directory, {@code DENIED} when it cannot be written
   */
  public static Future<LocalObjectStore> open(Vertx vertx, Path dataDir, TimeSource time) {
    return open(vertx, dataDir, time, new LocalDisk());
  }

  /**
   * Takes a directory that is a store already; nothing is made of any other.
   *
   * @return fails as {@link #open} does, and with {@code NO_BUCKET} when there is no store
   */
  public static Future<LocalObjectStore> openExisting(Vertx vertx, Path dataDir, TimeSource time) {
    LocalDisk disk = new LocalDisk();
    return open(vertx, dataDir, time, disk, () -> LocalDirectory.openExisting(dataDir, disk));
  }

  static Future<LocalObjectStore> open(Vertx vertx, Path dataDir, TimeSource time, LocalDisk disk) {
    return open(vertx, dataDir, time, disk, () -> LocalDirectory.open(dataDir, disk));
  }

  private static Future<LocalObjectStore> open(
      Vertx vertx,
      Path dataDir,
      TimeSource time,
      LocalDisk disk,
      Callable<LocalDirectory> directory) {
    return vertx
        .executeBlocking(() -> new LocalObjectStore(vertx, directory.call(), disk, time), false)
        .recover(cause -> Future.failedFuture(LocalFailures.of("use DATA_DIR " + dataDir, cause)));
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return workers.run(
        "look at " + key,
        () -> {
          try (LocalObjectFile file = open(key).orElse(null)) {
            return Optional.ofNullable(file).map(this::head);
          }
        });
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return workers.run(
        "open " + key,
        () -> {
          Optional<LocalObjectFile> file = open(key);
          return file.isEmpty()
              ? Optional.empty()
              : Optional.of(content(file.get(), 0, file.get().trailer().size()));
        });
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return workers.run(
        "open " + key,
        () -> {
          LocalObjectFile file = open(key).orElse(null);
          if (file == null) {
            return Optional.empty();
          }
          if (!file.trailer().md5().equals(etag)) {
            file.close();
            return Optional.empty();
          }
          if (first < 0 || last < first || last >= file.trailer().size()) {
            file.close();
            throw new StoreException(
                StoreException.Kind.OTHER,
                "Cannot open " + key + ": no bytes " + first + " to " + last,
                null);
          }
          return Optional.of(content(file, first, last - first + 1));
        });
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return workers.run(
        "write " + key,
        () -> {
          // The same is checked again under the lock: this only spares the writing of a lost cause.
          Optional<PutResult> refusal = refusal(key, condition);
          return refusal.isPresent() ? refusal.get() : write(key, payload, attributes, condition);
        });
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return workers.run(
        "delete " + key, () -> exclusively(key, () -> deleteExclusively(key, condition)));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return workers.run(
        "list " + prefix, () -> listing.page(prefix, startAfter, limit, time.wallMillis()));
  }

  @Override
  public boolean conditionalDeletes() {
    return true;
  }

  /** Lets running calls finish, then leaves the directory to others. */
  @Override
  public Future<Void> close() {
    return vertx
        .<Void>executeBlocking(
            () -> {
              workers.close();
              directory.close();
              return null;
            },
            false)
        .recover(cause -> Future.failedFuture(LocalFailures.of("close the store", cause)));
  }

  private PutResult write(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition)
      throws Exception {
    Path temporary = directory.temporary();
    boolean placed = false;
    try {
      LocalTrailer written =
          LocalObjectFile.write(disk, temporary, key, payload, attributes, time.wallMillis());
      PutResult result =
          exclusively(
              key,
              () -> {
                Optional<PutResult> refusal = refusal(key, condition);
                if (refusal.isEmpty()) {
                  directory.tree().place(temporary, file(key));
                }
                return refusal.orElseGet(() -> PutResult.stored(written.md5()));
              });
      placed = result.status() == PutResult.Status.STORED;
      return result;
    } catch (NoSuchFileException e) {
      directory.tree().requireRoot();
      throw e;
    } finally {
      if (!placed) {
        removeTemporary(temporary);
      }
    }
  }

  private void removeTemporary(Path temporary) {
    try {
      disk.delete(temporary);
    } catch (NoSuchFileException e) {
      // It was not even made, or has taken its place already.
    } catch (IOException e) {
      LOG.warn("Cannot remove {}, the next start will: {}", temporary, e.toString());
    }
  }

  private DeleteResult deleteExclusively(String key, WriteCondition condition) throws IOException {
    if (condition instanceof WriteCondition.IfAbsent) {
      throw new StoreException(
          StoreException.Kind.OTHER, "Cannot delete " + key + " on condition of its absence", null);
    }
    Optional<String> etag = etag(key);
    if (etag.isEmpty()) {
      return DeleteResult.ABSENT;
    }
    if (condition instanceof WriteCondition.IfEtag match && !match.etag().equals(etag.get())) {
      return DeleteResult.REFUSED;
    }
    directory.tree().remove(file(key));
    return DeleteResult.DELETED;
  }

  /** What stands against a write now, if anything. */
  private Optional<PutResult> refusal(String key, WriteCondition condition) throws IOException {
    Optional<String> etag = etag(key);
    if (condition instanceof WriteCondition.IfAbsent) {
      return etag.map(exists -> PutResult.REFUSED);
    }
    if (condition instanceof WriteCondition.IfEtag match) {
      return etag.isEmpty()
          ? Optional.of(PutResult.ABSENT)
          : etag.filter(current -> !current.equals(match.etag())).map(other -> PutResult.REFUSED);
    }
    return Optional.empty();
  }

  private Optional<String> etag(String key) throws IOException {
    try (LocalObjectFile file = open(key).orElse(null)) {
      return Optional.ofNullable(file).map(found -> found.trailer().md5());
    }
  }

  private <T> T exclusively(String key, Callable<T> work) throws Exception {
    Lock lock = stripes.get(Math.floorMod(key.hashCode(), STRIPES));
    lock.lock();
    try {
      return work.call();
    } finally {
      lock.unlock();
    }
  }

  private Path file(String key) {
    ObjectKeys.check(key);
    return directory.names().file(directory.tree().root(), key);
  }

  private Optional<LocalObjectFile> open(String key) throws IOException {
    Path file = file(key);
    try {
      Optional<LocalObjectFile> found = LocalObjectFile.open(file, key);
      if (found.isEmpty()) {
        directory.tree().requireRoot();
      }
      return found;
    } catch (LocalTrailer.Broken e) {
      throw e.in(file);
    }
  }

  private ObjectContent content(LocalObjectFile file, long first, long length) throws IOException {
    return LocalContent.of(vertx, workers, file, head(file), first, length);
  }

  private ObjectHead head(LocalObjectFile file) {
    LocalTrailer trailer = file.trailer();
    return new ObjectHead(
        trailer.key(),
        trailer.md5(),
        trailer.size(),
        trailer.lastModified(),
        time.wallMillis(),
        trailer.attributes().contentType(),
        trailer.attributes().metadata());
  }
}
