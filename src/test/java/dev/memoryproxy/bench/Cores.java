package dev.memoryproxy.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Gives servers one core and leaves the others to those who load them, with {@code taskset} of
 * Linux. On shared cores a server that is cheap competes with its own load: the faster it is, the
 * more of them its clients take from it.
 */
final class Cores implements AutoCloseable {
  private final String allowed;
  private final List<ProcessHandle> pinned;

  private Cores(String allowed, List<ProcessHandle> pinned) {
    this.allowed = allowed;
    this.pinned = pinned;
  }

  /**
   * Separates them until this is closed; empty where that is not possible.
   *
   * @param servers they share one core, so only one of them should have work at a time
   * @param others this process is one of them anyway
   */
  static Optional<Cores> separate(List<ProcessHandle> servers, List<ProcessHandle> others) {
    String allowed = allowed();
    List<Integer> cores = list(allowed);
    if (cores.size() < 2) {
      return Optional.empty();
    }
    String rest = String.join(",", cores.stream().skip(1).map(String::valueOf).toList());
    List<ProcessHandle> all = new ArrayList<>(servers);
    all.addAll(others);
    all.add(ProcessHandle.current());
    Cores separated = new Cores(allowed, all);
    boolean done =
        servers.stream().allMatch(server -> pin(server, String.valueOf(cores.get(0))))
            && all.stream().skip(servers.size()).allMatch(other -> pin(other, rest));
    if (!done) {
      separated.close();
      return Optional.empty();
    }
    return Optional.of(separated);
  }

  /** All may run anywhere again. */
  @Override
  public void close() {
    pinned.forEach(process -> pin(process, allowed));
  }

  /** All threads of a process and of its children; those that they start later inherit it. */
  private static boolean pin(ProcessHandle process, String cores) {
    // The children of this process are the servers.
    Stream<ProcessHandle> children =
        process.equals(ProcessHandle.current()) ? Stream.empty() : process.descendants();
    return Stream.concat(Stream.of(process), children).allMatch(each -> taskset(each.pid(), cores));
  }

  private static boolean taskset(long pid, String cores) {
    try {
      return new ProcessBuilder("taskset", "-a", "-c", "-p", cores, Long.toString(pid))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      // There is no such program.
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String allowed() {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return "";
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("Cpus_allowed_list:"))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From {@code 0-3,8}. */
  private static List<Integer> list(String ranges) {
    List<Integer> cores = new ArrayList<>();
    for (String range : ranges.isEmpty() ? new String[0] : ranges.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int core = Integer.parseInt(ends[0]); core <= last; core++) {
        cores.add(core);
      }
    }
    return cores;
  }
}
