package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A disk whose power is cut before a chosen step; everything fails from then on. {@link
 * #loseUnsynced()} then takes back what no sync had made durable, as strictly as POSIX allows: a
 * directory's sync covers its own names only, a file's sync its own content only.
 */
final class PowerLossDisk extends LocalDisk {
  private interface Undo {
    void run() throws IOException;
  }

  private record NameChange(Path directory, Undo undo) {}

  private final Path backups;
  private final List<NameChange> unsyncedNames = new ArrayList<>();
  private final Map<FileChannel, Path> unsyncedFiles = new HashMap<>();
  private int stepsLeft = Integer.MAX_VALUE;
  private int backupNumber;

  /**
   * @param backups an empty directory in the same file system
   */
  PowerLossDisk(Path backups) {
    this.backups = backups;
  }

  synchronized void cutPowerAfter(int steps) {
    stepsLeft = steps;
  }

  synchronized boolean powerIsCut() {
    return stepsLeft < 0;
  }

  /** Takes back every change that was not synced, the latest first. */
  synchronized void loseUnsynced() throws IOException {
    for (Path file : unsyncedFiles.values()) {
      if (Files.exists(file)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(channel.size() / 2);
        }
      }
    }
    for (int i = unsyncedNames.size() - 1; i >= 0; i--) {
      unsyncedNames.get(i).undo().run();
    }
  }

  private void step() throws IOException {
    if (stepsLeft < 0 || --stepsLeft < 0) {
      throw new IOException("the power is off");
    }
  }

  @Override
  synchronized FileChannel create(Path file) throws IOException {
    step();
    FileChannel channel = super.create(file);
    unsyncedFiles.put(channel, file);
    return channel;
  }

  @Override
  synchronized void write(FileChannel file, ByteBuffer bytes) throws IOException {
    step();
    super.write(file, bytes);
  }

  @Override
  synchronized void force(FileChannel file) throws IOException {
    step();
    super.force(file);
    unsyncedFiles.remove(file);
  }

  @Override
  synchronized void makeDirectory(Path directory) throws IOException {
    step();
    super.makeDirectory(directory);
    changed(directory, () -> deleteAll(directory));
  }

  @Override
  synchronized void forceDirectory(Path directory) throws IOException {
    step();
    super.forceDirectory(directory);
    unsyncedNames.removeIf(change -> change.directory().equals(directory));
  }

  @Override
  synchronized void rename(Path from, Path to) throws IOException {
    step();
    Undo undo = restore(to);
    super.rename(from, to);
    unsyncedFiles.replaceAll((channel, file) -> file.equals(from) ? to : file);
    changed(to, undo);
  }

  @Override
  synchronized void delete(Path path) throws IOException {
    step();
    Undo undo = Files.isDirectory(path) ? () -> {} : restore(path);
    super.delete(path);
    changed(path, undo);
  }

  private void changed(Path path, Undo undo) {
    Path directory = path.getParent();
    if (directory == null) {
      throw new IllegalArgumentException(path.toString());
    }
    unsyncedNames.add(new NameChange(directory, undo));
  }

  /** How to bring back what a name stands for now. */
  private Undo restore(Path path) throws IOException {
    if (!Files.exists(path)) {
      return () -> Files.deleteIfExists(path);
    }
    Path backup = Files.createLink(backups.resolve("" + backupNumber++), path);
    return () -> {
      Files.deleteIfExists(path);
      try {
        Files.createLink(path, backup);
      } catch (NoSuchFileException e) {
        // Its directory was lost as well.
      }
    };
  }

  private static void deleteAll(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> deepestLast;
    try (Stream<Path> all = Files.walk(directory)) {
      deepestLast = all.toList();
    }
    for (int i = deepestLast.size() - 1; i >= 0; i--) {
      Files.delete(deepestLast.get(i));
    }
  }
}
