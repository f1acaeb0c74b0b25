package dev.memoryproxy.e2e;

import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static dev.memoryproxy.s3server.S3Operation.PUT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.StrictS3Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traffic of all kinds for a while, with faults of the store and restarts: small and large bodies,
 * reads, deletes, syncs, clients that hang up. One process lives through it all and ends with the
 * heap, threads, descriptors and spool that it had when it was warm; a second one beside it is
 * killed or stopped again and again. What was acknowledged is seen by every read.
 *
 * <p>{@code -Dsoak.minutes=30} for the real thing; {@code -Dsoak.seed=N} takes the same decisions.
 */
class SoakIT {
  private static final Duration TIME = Duration.ofMinutes(Long.getLong("soak.minutes", 1));
  private static final int WRITERS = 6;
  private static final int LARGEST = 1_500_000;
  private static final String LARGE = "large.bin";
  private static final long QUIET_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(120);

  @TempDir Path directory;

  private final long seed = Long.getLong("soak.seed", System.nanoTime() % 1_000_000);
  private final SplittableRandom random = new SplittableRandom(seed);
  private final StrictS3Server s3 = StrictS3Server.start();
  private final WriteLedger ledger = new WriteLedger();
  private final ConcurrentLinkedQueue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final List<String> faults = new ArrayList<>();
  private int restarts;
  private int hangUps;

  @AfterEach
  void stop() {
    s3.close();
  }

  private interface Work {
    void run(AtomicBoolean stopped) throws InterruptedException;
  }

  @Test
  void whatIsHeldDoesNotGrowAndNothingIsLost() throws Exception {
    Path proc = Path.of("/proc/self/fd");
    Assumptions.assumeTrue(proc.toFile().isDirectory(), "only Linux tells what a process holds");
    try (Fleet fleet = new Fleet(directory, S3Storage.of(s3))) {
      fleet.start(1);
      Fleet.Member survivor = fleet.all().get(0);
      assertThat(survivor.client().create(LARGE, new byte[5_000_000]).status()).isEqualTo(201);
      fleet.start(1);
      // Pools and caches fill up first, under the same traffic.
      traffic(fleet, survivor, TIME.dividedBy(3));
      Footprint before = quiet(survivor);
      traffic(fleet, survivor, TIME.minus(TIME.dividedBy(3)));
      Footprint after = quietAs(survivor, before);
      System.out.printf(
          "soak: seed %d, %d writes acknowledged, %d faults, %d restarts, %d hang-ups%n"
              + "  before: %s%n  after:  %s%n",
          seed, ledger.acknowledgedCount(), faults.size(), restarts, hangUps, before, after);
      everythingAcknowledgedIsThere(fleet);
      assertThat(after.spooled()).as("-Dsoak.seed=%d, spooled bodies", seed).isZero();
      assertThat(after.descriptors())
          .as("-Dsoak.seed=%d, descriptors", seed)
          .isLessThanOrEqualTo(before.descriptors() + 8);
      assertThat(after.threads())
          .as("-Dsoak.seed=%d, threads", seed)
          .isLessThanOrEqualTo(before.threads() + 4);
      assertThat(after.heap())
          .as("-Dsoak.seed=%d, live heap", seed)
          .isLessThan(before.heap() + before.heap() / 4 + 2_000_000);
    }
  }

  private void traffic(Fleet fleet, Fleet.Member survivor, Duration time)
      throws InterruptedException {
    AtomicBoolean stopped = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 1);
    for (int i = 0; i < WRITERS; i++) {
      int largest = i % 3 == 0 ? LARGEST : 0;
      start(threads, stopped, new LedgerWriter(i, random.split(), fleet, ledger, largest)::run);
    }
    HangUps rude = new HangUps(random.split(), fleet, LARGE);
    start(threads, stopped, rude::run);
    try {
      disturb(fleet, survivor, time, stopped);
    } finally {
      s3.clearFaults();
      s3.latency(0);
      stopped.set(true);
      threads.shutdown();
      assertThat(threads.awaitTermination(3, TimeUnit.MINUTES)).as("clients end").isTrue();
    }
    hangUps += rude.count();
    assertThat(broken).as("-Dsoak.seed=%d after %s", seed, faults).isEmpty();
  }

  private void start(ExecutorService threads, AtomicBoolean stopped, Work work) {
    threads.execute(
        () -> {
          try {
            work.run(stopped);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (AssertionError | RuntimeException e) {
            broken.add(e);
            stopped.set(true);
          }
        });
  }

  /** Faults all the time, and a restart of whoever is not the survivor now and then. */
  private void disturb(Fleet fleet, Fleet.Member survivor, Duration time, AtomicBoolean stopped)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (int round = 1; System.nanoTime() < end && !stopped.get(); round++) {
      Thread.sleep(random.nextInt(200, 1500));
      disturbStore();
      if (round % 8 == 0) {
        for (Fleet.Member other : fleet.all()) {
          if (!other.equals(survivor)) {
            fleet.stop(other, random.nextBoolean());
          }
        }
        s3.clearFaults();
        fleet.start(1);
        restarts++;
      }
    }
  }

  private void disturbStore() {
    int times = random.nextInt(1, 12);
    int kind = random.nextInt(8);
    faults.add(kind + "x" + times);
    switch (kind) {
      case 0 -> s3.inject(Fault.on().times(times).answer(503));
      case 1 -> s3.inject(Fault.on(PUT).times(times).answer(500));
      case 2 -> s3.inject(Fault.on(PUT).times(times).drop(Fault.Point.AFTER));
      case 3 -> s3.inject(Fault.on().times(times).drop(Fault.Point.BEFORE));
      case 4 -> s3.inject(Fault.on().times(times).delay(400));
      case 5 -> s3.inject(Fault.on(GET).times(times).truncate(random.nextInt(1, 300_000)));
      case 6 -> s3.inject(Fault.on(GET, HEAD).times(times).answer(429));
      default -> s3.latency(random.nextInt(30));
    }
  }

  /** What it holds when its connections are idle and nothing is under way. */
  private Footprint quiet(Fleet.Member member) throws InterruptedException {
    ProcessHandle process = member.service().handle();
    long start = System.nanoTime();
    long open = -1;
    // The store's connections go after a minute of idleness, a client's after 75 s.
    for (int same = 0; same < 20 && System.nanoTime() - start < QUIET_LIMIT_NANOS; ) {
      Thread.sleep(100);
      long now = ProcessMemory.descriptors(process).orElse(0);
      same = now == open && Footprint.spooled(process, spool()) == 0 ? same + 1 : 0;
      open = now;
    }
    return Footprint.of(process, spool());
  }

  /** The same, but waits longer where more is still open than before. */
  private Footprint quietAs(Fleet.Member member, Footprint before) throws InterruptedException {
    ProcessHandle process = member.service().handle();
    long start = System.nanoTime();
    while (ProcessMemory.descriptors(process).orElse(0) > before.descriptors()
        && System.nanoTime() - start < QUIET_LIMIT_NANOS) {
      Thread.sleep(100);
    }
    return quiet(member);
  }

  private static Path spool() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "memory-proxy-" + System.getProperty("user.name"));
  }

  private void everythingAcknowledgedIsThere(Fleet fleet) {
    List<String> paths = new ArrayList<>(ledger.floor().acknowledged().keySet());
    assertThat(paths).isNotEmpty();
    for (Fleet.Member member : fleet.all()) {
      assertThat(LedgerWriter.sync(ledger, member)).isNotNull();
      paths.forEach(path -> LedgerWriter.read(ledger, member, path));
    }
  }
}
