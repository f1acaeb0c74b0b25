package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a process holds on to.
 *
 * @param heap bytes of live objects
 * @param resident bytes
 * @param spooled bodies of its own in the spool directory
 */
record Footprint(long heap, long resident, long threads, long descriptors, long spooled) {
  /** Taken from Linux and from the JVM; causes a full collection. */
  static Footprint of(ProcessHandle process, Path spoolDirectory) {
    return new Footprint(
        ProcessMemory.liveHeap(process),
        ProcessMemory.resident(process).orElse(0),
        ProcessMemory.threads(process).orElse(0),
        ProcessMemory.descriptors(process).orElse(0),
        spooled(process, spoolDirectory));
  }

  /** How many bodies this process has in the directory. */
  static long spooled(ProcessHandle process, Path directory) {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("memory-proxy-" + process.pid() + "-"))
          .filter(name -> name.endsWith(".spool"))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return String.format(
        "live heap %.1f MB, RSS %.0f MB, %d threads, %d descriptors, %d spooled bodies",
        heap / 1e6, resident / 1e6, threads, descriptors, spooled);
  }
}
