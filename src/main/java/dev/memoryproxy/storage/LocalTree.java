package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories and files of the objects. A change has reached the disk when its method returns.
 * Every method blocks; callers see to it that one file has one writer at a time.
 */
final class LocalTree {
  /** The change took effect but may not survive a loss of power. */
  static final class Unsettled extends IOException {
    private static final long serialVersionUID = 1L;

    Unsettled(IOException cause) {
      super(cause);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(LocalTree.class);
  private static final int REMEMBERED_DIRECTORIES = 10_000;

  private final Path root;
  private final LocalDisk disk;

  /** Adding and removing files share it, removing directories excludes them. */
  private final ReadWriteLock shape = new ReentrantReadWriteLock();

  /**
   * Directories whose own name is known to be on disk. That one exists does not tell: another
   * writer may have made it just now, or a process that was killed before it could sync.
   */
  private final Set<Path> durable =
      Collections.synchronizedSet(Collections.newSetFromMap(new Recent()));

  private static final class Recent extends LinkedHashMap<Path, Boolean> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Path, Boolean> eldest) {
      return size() > REMEMBERED_DIRECTORIES;
    }
  }

  /**
   * @param root must exist, durably
   */
  LocalTree(Path root, LocalDisk disk) {
    this.root = root;
    this.disk = disk;
  }

  Path root() {
    return root;
  }

  /**
   * Fails when the root is not there any more: then no absent file tells that there is no such
   * object.
   */
  void requireRoot() {
    if (!Files.isDirectory(root)) {
      throw new StoreException(
          StoreException.Kind.UNREACHABLE,
          "The directory "
              + root
              + " is gone, so nothing can be read or written: put DATA_DIR back to where it was, or"
              + " stop the service",
          null);
    }
  }

  /**
   * Moves a finished file to its place.
   *
   * @throws Unsettled when it is in place and the disk failed afterwards; otherwise it is not
   */
  void place(Path finished, Path target) throws IOException {
    shape.readLock().lock();
    try {
      Path directory = parent(target);
      ensureDurable(directory);
      try {
        disk.rename(finished, target);
      } catch (NoSuchFileException e) {
        // Somebody removed directories by hand.
        durable.clear();
        ensureDurable(directory);
        disk.rename(finished, target);
      }
      settle(directory);
    } finally {
      shape.readLock().unlock();
    }
  }

  /**
   * Removes a file and the directories that it leaves empty.
   *
   * @throws Unsettled when it is removed and the disk failed afterwards; otherwise it is not
   */
  void remove(Path target) throws IOException {
    Path directory = parent(target);
    shape.readLock().lock();
    try {
      disk.delete(target);
      settle(directory);
    } finally {
      shape.readLock().unlock();
    }
    prune(directory);
  }

  private void settle(Path directory) throws Unsettled {
    try {
      disk.forceDirectory(directory);
    } catch (IOException e) {
      throw new Unsettled(e);
    }
  }

  private void ensureDurable(Path directory) throws IOException {
    if (directory.equals(root) || durable.contains(directory)) {
      return;
    }
    Path parent = parent(directory);
    ensureDurable(parent);
    if (!Files.isDirectory(directory)) {
      try {
        disk.makeDirectory(directory);
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(directory)) {
          throw e;
        }
      }
    }
    disk.forceDirectory(parent);
    durable.add(directory);
  }

  /** Best effort, not durable: an empty directory that stays or comes back does no harm. */
  private void prune(Path emptied) {
    try {
      for (Path directory = emptied;
          !directory.equals(root) && isEmpty(directory);
          directory = parent(directory)) {
        removeDirectory(directory);
      }
    } catch (IOException e) {
      LOG.debug("Left the directory of removed objects: {}", e.toString());
    }
  }

  private void removeDirectory(Path directory) throws IOException {
    shape.writeLock().lock();
    try {
      durable.remove(directory);
      disk.delete(directory);
    } finally {
      shape.writeLock().unlock();
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " is outside the tree");
    }
    return parent;
  }
}
