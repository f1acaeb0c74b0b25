package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What Linux tells of a process; nothing elsewhere. */
public final class ProcessMemory {
  private static final Pattern LIVE_BYTES = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

  private ProcessMemory() {}

  /** Resident memory now, in bytes. */
  public static OptionalLong resident(ProcessHandle process) {
    return bytes(status(process, "VmRSS:"));
  }

  /** The most resident memory that it ever had, in bytes. */
  public static OptionalLong peak(ProcessHandle process) {
    return bytes(status(process, "VmHWM:"));
  }

  /** Threads of the operating system. */
  public static OptionalLong threads(ProcessHandle process) {
    return status(process, "Threads:");
  }

  /** Open file descriptors. */
  public static OptionalLong descriptors(ProcessHandle process) {
    Path directory = Path.of("/proc", Long.toString(process.pid()), "fd");
    if (!Files.isDirectory(directory)) {
      return OptionalLong.empty();
    }
    try (Stream<Path> open = Files.list(directory)) {
      return OptionalLong.of(open.count());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets {@link #peak} begin again where the system allows it. */
  public static void resetPeak(ProcessHandle process) {
    try {
      Files.writeString(Path.of("/proc", Long.toString(process.pid()), "clear_refs"), "5");
    } catch (IOException notAllowed) {
      // Then the peak is that of the process's whole life.
    }
  }

  /** Bytes of live objects on the heap of a JVM, after a full collection that this causes. */
  public static long liveHeap(ProcessHandle process) {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try {
      Process asked =
          new ProcessBuilder(jcmd, Long.toString(process.pid()), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      String printed = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher total = LIVE_BYTES.matcher(printed);
      if (!total.find()) {
        throw new IllegalStateException("no total in: " + printed);
      }
      return Long.parseLong(total.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Megabytes for a table. */
  public static String text(OptionalLong bytes) {
    return bytes.isEmpty()
        ? "not told by this system"
        : String.format(Locale.ROOT, "%.0f MB", bytes.getAsLong() / 1e6);
  }

  private static OptionalLong bytes(OptionalLong kibibytes) {
    return kibibytes.isEmpty() ? kibibytes : OptionalLong.of(kibibytes.getAsLong() << 10);
  }

  private static OptionalLong status(ProcessHandle process, String name) {
    Path file = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(file)) {
      return OptionalLong.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
