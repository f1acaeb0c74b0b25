package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.Test;

/** Breaks one rule after the other: a simulation that does not notice proves nothing. */
class MutantsTest {
  /** The rarest is found by one seed of two thousand. */
  private static final long SEEDS = 20_000;

  /** Shown by {@link StarvationTest}: it costs time, not truth. */
  private static final String BY_STARVATION = "CATCH_UP_BY_LISTING";

  private record Find(long seed, String violation) {}

  @Test
  void theSimulationFindsEveryBrokenRule() {
    Map<String, Find> finds = new ConcurrentSkipListMap<>();
    List<String> mutants =
        Mutants.all().stream().filter(mutant -> !mutant.equals(BY_STARVATION)).toList();
    mutants.parallelStream().forEach(mutant -> hunt(mutant, finds));
    finds.forEach(
        (mutant, find) ->
            System.out.printf(
                "%-38s found after %4d seeds: %.110s%n", mutant, find.seed(), find.violation()));
    assertThat(finds.keySet()).containsExactlyInAnyOrderElementsOf(mutants);
  }

  private static void hunt(String mutant, Map<String, Find> finds) {
    for (long seed = 1; seed <= SEEDS; seed++) {
      List<String> violations = new Simulation(seed, Set.of(mutant)).run();
      if (!violations.isEmpty()) {
        finds.put(mutant, new Find(seed, violations.get(0)));
        return;
      }
    }
  }
}
