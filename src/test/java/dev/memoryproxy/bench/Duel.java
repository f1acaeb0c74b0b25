package dev.memoryproxy.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Several operations that take turns in short rounds, so that whatever else the machine does
 * strikes all alike.
 */
final class Duel {
  /** The share of an operation's own throughput at which its latencies are taken. */
  static final double LOAD = 0.7;

  private final Map<String, Operation> operations = new LinkedHashMap<>();
  private final Map<String, ProcessHandle> servers = new HashMap<>();
  private final int clients;

  Duel(int clients) {
    this.clients = clients;
  }

  Duel with(String name, Operation operation) {
    operations.put(name, operation);
    return this;
  }

  /** The same; the processor time of the process that serves it is taken too. */
  Duel with(String name, Operation operation, ProcessHandle server) {
    servers.put(name, server);
    return with(name, operation);
  }

  Duel warm(Duration each) {
    // Code that runs for the first time may be too slow for the deadlines of a busy machine.
    operations
        .values()
        .forEach(operation -> Driver.closed(operation, clients, each).unlessAllFailed());
    return this;
  }

  /** Throughput: every client again and again. */
  Results closed(int rounds, Duration round) {
    return turns(rounds, (name, operation) -> Driver.closed(operation, clients, round));
  }

  /** Latencies from when operations were due, at a share of what was reached before. */
  Results open(int rounds, Duration round, Results reached) {
    return turns(
        rounds,
        (name, operation) ->
            Driver.open(operation, clients, reached.of(name).perSecond() * LOAD, round));
  }

  private Measured timed(String name, Map<String, Double> cpu, Supplier<Measured> turn) {
    ProcessHandle server = servers.get(name);
    double before = cpuMicros(server);
    Measured measured = turn.get();
    cpu.merge(name, cpuMicros(server) - before, Double::sum);
    return measured;
  }

  private static double cpuMicros(@Nullable ProcessHandle server) {
    return server == null
        ? 0
        : server.info().totalCpuDuration().map(spent -> spent.toNanos() / 1e3).orElse(0.0);
  }

  /**
   * What each reached, by its name.
   *
   * @param cpu microseconds of processor time that its server spent
   */
  record Results(Map<String, Measured> byName, Map<String, Double> cpu) {
    /** Processor time of the server for each operation: what a busy machine does not change. */
    double cpuMicros(String name) {
      return Objects.requireNonNull(cpu.get(name)) / Math.max(1, of(name).sorted().length);
    }

    Measured of(String name) {
      return Objects.requireNonNull(byName.get(name));
    }
  }

  private interface Turn {
    Measured take(String name, Operation operation);
  }

  private Results turns(int rounds, Turn turn) {
    Map<String, List<Measured>> taken = new LinkedHashMap<>();
    Map<String, Double> cpu = new HashMap<>();
    for (int i = 0; i < rounds; i++) {
      operations.forEach(
          (name, operation) ->
              taken
                  .computeIfAbsent(name, none -> new ArrayList<>())
                  .add(timed(name, cpu, () -> turn.take(name, operation))));
    }
    Map<String, Measured> all = new LinkedHashMap<>();
    taken.forEach((name, each) -> all.put(name, Measured.of(each).unlessAllFailed()));
    return new Results(all, cpu);
  }
}
