package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The index under random schedules and faults. One seed again: {@code ./mvnw test
 * -Dtest=IndexSimulationTest -Dsim.seed=N}; a longer run: {@code -Dsim.seeds=1000000}.
 */
class IndexSimulationTest {
  @Test
  void everyPromiseHoldsUnderEverySeed() {
    Long only = Long.getLong("sim.seed");
    long first = only == null ? 1 : only;
    long count = only == null ? Long.getLong("sim.seeds", 10_000) : 1;
    AtomicLong steps = new AtomicLong();
    long began = System.nanoTime();
    LongStream.range(first, first + count)
        .parallel()
        .forEach(
            seed -> {
              Simulation simulation = new Simulation(seed, Set.of());
              List<String> violations = simulation.run();
              steps.addAndGet(simulation.steps());
              assertThat(violations)
                  .as("replay with -Dtest=IndexSimulationTest -Dsim.seed=%d", seed)
                  .isEmpty();
            });
    System.out.printf(
        "simulated %d seeds, %d steps, in %d ms%n",
        count, steps.get(), (System.nanoTime() - began) / 1_000_000);
  }
}
