package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.s3server.StrictS3Server;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two and three processes on one bucket, killed and started while clients write: what was
 * acknowledged is seen everywhere at once, and the bucket and the index agree soon afterwards.
 *
 * <p>{@code -Dprocesses.seed=N} takes the same decisions again; threads and processes still run as
 * they like. {@code -Dprocesses.kills=N} makes it longer.
 */
class SeveralProcessesIT {
  private static final int WRITERS = 6;
  private static final int KILLS = Integer.getInteger("processes.kills", 3);
  private static final long PROGRESS_LIMIT_MILLIS = 120_000;
  private static final long AGREEMENT_LIMIT_MILLIS = 30_000;

  @TempDir Path directory;

  private final long seed = Long.getLong("processes.seed", System.nanoTime() % 1_000_000);
  private final StrictS3Server s3 = StrictS3Server.start();
  private final WriteLedger ledger = new WriteLedger();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);

  @AfterEach
  void stop() {
    threads.shutdownNow();
    s3.close();
  }

  @Test
  void acknowledgedWritesSurviveKillsAndAreSeenEverywhereAtOnce() throws Exception {
    try (Fleet fleet = new Fleet(directory, S3Storage.of(s3))) {
      try {
        fleet.start(2);
        runAndKill(fleet, new SplittableRandom(seed));
        if (broken.isEmpty()) {
          agree(fleet);
        }
      } catch (AssertionError | RuntimeException e) {
        broken.add(e);
      }
      assertThat(broken)
          .as("-Dprocesses.seed=%d after %d writes", seed, ledger.acknowledgedCount())
          .isEmpty();
      System.out.printf(
          "several processes: seed %d, %d writes acknowledged, %d processes started%n",
          seed, ledger.acknowledgedCount(), fleet.started());
    }
  }

  private void runAndKill(Fleet fleet, SplittableRandom random) throws InterruptedException {
    for (int i = 0; i < WRITERS; i++) {
      LedgerWriter writer = new LedgerWriter(i, random.split(), fleet, ledger);
      threads.execute(() -> run(writer));
    }
    try {
      for (int kill = 0; kill < KILLS && broken.isEmpty(); kill++) {
        awaitMore(random.nextInt(20, 80));
        if (kill == 2) {
          fleet.start(1);
          awaitMore(random.nextInt(20, 80));
        }
        killAndRestart(fleet, random, kill == KILLS - 1 ? fleet.size() : 1);
      }
      awaitMore(40);
    } finally {
      stopped.set(true);
      threads.shutdown();
      assertThat(threads.awaitTermination(2, TimeUnit.MINUTES)).as("writers end").isTrue();
    }
  }

  private void killAndRestart(Fleet fleet, SplittableRandom random, int victims)
      throws InterruptedException {
    if (!broken.isEmpty()) {
      return;
    }
    for (int i = 0; i < victims; i++) {
      fleet.killOne(random);
    }
    if (fleet.size() > 0 && random.nextBoolean()) {
      awaitMore(random.nextInt(1, 40));
    }
    fleet.start(victims);
  }

  private void awaitMore(int writes) throws InterruptedException {
    if (broken.isEmpty()) {
      ledger.awaitAcknowledged(ledger.acknowledgedCount() + writes, PROGRESS_LIMIT_MILLIS);
    }
  }

  private void run(LedgerWriter writer) {
    try {
      writer.run(stopped);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (AssertionError | RuntimeException e) {
      broken.add(e);
      stopped.set(true);
      ledger.giveUp();
    }
  }

  private void agree(Fleet fleet) throws InterruptedException {
    long deadline = System.nanoTime() + AGREEMENT_LIMIT_MILLIS * 1_000_000;
    try (BucketObjects bucket = new BucketObjects(s3)) {
      for (Fleet.Member member : fleet.all()) {
        List<String> differences = bucket.differences(member);
        while (!differences.isEmpty() && System.nanoTime() < deadline) {
          Thread.sleep(200);
          differences = bucket.differences(member);
        }
        assertThat(differences).as("bucket and index of %s", member.name()).isEmpty();
      }
      List<String> paths = new ArrayList<>(ledger.floor().acknowledged().keySet());
      for (Fleet.Member member : fleet.all()) {
        assertThat(LedgerWriter.sync(ledger, member)).isNotNull();
        paths.forEach(path -> LedgerWriter.read(ledger, member, path));
      }
    }
  }
}
