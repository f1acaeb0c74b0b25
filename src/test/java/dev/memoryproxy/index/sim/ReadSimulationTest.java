package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Readers that share what others read, under random schedules and faults. One seed again: {@code
 * ./mvnw test -Dtest=ReadSimulationTest -Dsim.seed=N}; a longer run: {@code -Dsim.seeds=100000}.
 */
class ReadSimulationTest {
  @Test
  void noReaderIsShownLessThanWasAcknowledgedBeforeItAsked() {
    Long only = Long.getLong("sim.seed");
    long first = only == null ? 1 : only;
    long count = only == null ? Long.getLong("sim.seeds", 1_000) : 1;
    AtomicLong reads = new AtomicLong();
    AtomicLong fromMemory = new AtomicLong();
    LongStream.range(first, first + count)
        .parallel()
        .forEach(
            seed -> {
              ReadSimulation simulation = new ReadSimulation(seed, Set.of());
              List<String> violations = simulation.run();
              reads.addAndGet(simulation.reads);
              fromMemory.addAndGet(simulation.readsFromMemory);
              assertThat(violations)
                  .as("replay with -Dtest=ReadSimulationTest -Dsim.seed=%d", seed)
                  .isEmpty();
            });
    System.out.printf(
        "simulated %d seeds: %d reads, %d of them from memory%n",
        count, reads.get(), fromMemory.get());
    if (only == null) {
      assertThat(fromMemory.get()).isGreaterThan(reads.get() / 5);
    }
  }

  /** A simulation that does not notice proves nothing. */
  @ParameterizedTest
  @ValueSource(strings = {Mutants.OLDER_READS_BELIEVED, Mutants.MEMORY_PROVES_READS})
  void theSimulationFindsABrokenRule(String mutant) {
    long found =
        LongStream.rangeClosed(1, 500)
            .filter(seed -> !new ReadSimulation(seed, Set.of(mutant)).run().isEmpty())
            .findFirst()
            .orElse(0);
    System.out.printf("%s found after %d seeds%n", mutant, found);
    assertThat(found).isPositive();
  }
}
