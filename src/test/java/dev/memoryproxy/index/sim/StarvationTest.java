package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.index.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A process that commits now and then beside one that never stops. */
class StarvationTest {
  private static final long MAX_STEPS = 4_000_000;
  private static final int SEEDS = 4;

  @Test
  void aBusyProcessNeverStarvesAnother() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      assertThat(commitsBesideBusyWriter(seed, Set.of()))
          .as("commits in 30 s beside a busy writer, seed %d", seed)
          .isGreaterThan(20);
    }
  }

  @Test
  void withoutAListingItWould() {
    int starved = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      if (commitsBesideBusyWriter(seed, Set.of("CATCH_UP_BY_LISTING")) == 0) {
        starved++;
      }
    }
    System.out.printf(
        "CATCH_UP_BY_LISTING broken: no commit in 30 s under %d of %d seeds%n", starved, SEEDS);
    assertThat(starved).isGreaterThan(0);
  }

  private static int commitsBesideBusyWriter(long seed, Set<String> broken) {
    World world = new World(seed);
    History history = new History(world);
    SimStore bucket = new SimStore(world, history);
    Faults faults = new Faults();
    faults.baseMicros = 10_000;
    faults.jitterMicros = 5_000;
    List<SimNode> nodes = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      nodes.add(
          new SimNode(
              world, bucket, faults, broken, 3_600_000, 0, false, (k, m) -> {}, (n, a) -> {}));
    }
    for (int i = 0; i < 8; i++) {
      keepRecording(world, nodes.get(0), "busy" + i, 0, new int[1], 0);
    }
    world.runForMillis(2_000, MAX_STEPS);
    int[] commits = new int[1];
    keepRecording(world, nodes.get(1), "quiet", 0, commits, 0);
    world.runForMillis(30_000, MAX_STEPS);
    return commits[0];
  }

  private static void keepRecording(
      World world, SimNode node, String path, long prev, int[] commits, int thinkMillis) {
    long version = prev + 1;
    Change change =
        new Change(
            BlobPath.parse(path),
            "%032x".formatted(world.random.nextLong() & Long.MAX_VALUE),
            prev,
            version,
            Md5.OF_NOTHING,
            Md5.OF_NOTHING,
            0,
            world.nowMillis(),
            false);
    node.index
        .record(change)
        .onComplete(
            done -> {
              if (done.succeeded()) {
                commits[0]++;
              }
              world.afterMillis(
                  thinkMillis,
                  () -> keepRecording(world, node, path, version, commits, thinkMillis));
            });
  }
}
