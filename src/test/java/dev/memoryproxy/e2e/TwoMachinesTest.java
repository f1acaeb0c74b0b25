package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.RunningService;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines with the client of today keep each other's files; {@code -Dmachines.seed=N} replays one
 * run, {@code -Dmachines.seeds=N} makes more of them.
 */
class TwoMachinesTest {
  private static final int SEEDS = Integer.getInteger("machines.seeds", 25);

  @TempDir static Path directory;
  private static RunningService service;

  @BeforeAll
  static void start() throws Exception {
    service = RunningService.start(directory, Map.of());
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static LongStream seeds() {
    Long one = Long.getLong("machines.seed");
    return one == null ? LongStream.range(0, SEEDS) : LongStream.of(one);
  }

  private static List<String> run(long seed, boolean fullListInAnswers) {
    String namespace = (fullListInAnswers ? "full" : "one") + "/blob/" + seed + " + \u00e4%/memory";
    Client client = new Client(service.base(), RunningService.TOKEN).inNamespace(namespace);
    return new TwoMachines(seed, client, fullListInAnswers).run();
  }

  @Test
  void noFileIsLostOrResurrected() {
    seeds().forEach(seed -> assertThat(run(seed, false)).as("-Dmachines.seed=%d", seed).isEmpty());
  }

  /** The test above finds what a full list in the answers to writes does to these clients. */
  @Test
  void fullListInTheAnswersLosesFiles() {
    boolean loses =
        seeds()
            .anyMatch(
                seed -> run(seed, true).stream().anyMatch(problem -> problem.startsWith("lost: ")));
    assertThat(loses).isTrue();
  }
}
