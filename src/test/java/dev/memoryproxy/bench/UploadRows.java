package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import dev.memoryproxy.e2e.ProcessMemory;
import dev.memoryproxy.e2e.ServiceProcess;
import java.util.BitSet;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * 1,000 uploads of 10 MiB at once into a service with a heap of 256 MiB. One that is turned away
 * with a 503 comes again as it was told to; nothing else may go wrong.
 */
final class UploadRows {
  private static final long BYTES = 10L << 20;
  private static final int LIMIT_MINUTES = 10;
  private static final int LOG_LINES = 10;

  private final AtomicInteger stored = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final BitSet repeated = new BitSet();
  private final CountDownLatch left;
  private final HttpLoad load;
  private final byte[] piece = new byte[256 << 10];
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

  private UploadRows(HttpLoad load, int uploads) {
    this.load = load;
    this.left = new CountDownLatch(uploads);
  }

  static void measure(Bed bed) {
    bed.latency(0);
    int uploads = bed.quick ? 200 : 1000;
    try (Bed.Service service = bed.service();
        HttpLoad load = service.load(uploads)) {
      new UploadRows(load, uploads).run(bed, service, uploads);
    }
  }

  private void run(Bed bed, Bed.Service service, int uploads) {
    long start = System.nanoTime();
    for (int i = 0; i < uploads; i++) {
      upload(i);
    }
    boolean over;
    try {
      over = left.await(LIMIT_MINUTES, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      later.shutdownNow();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    String name =
        String.format(Locale.ROOT, "%,d concurrent uploads of 10 MiB, -Xmx256m: ", uploads);
    bed.table.row(
        name + "stored",
        String.format(
            Locale.ROOT,
            "%,d in %.0f s; %,d times turned away; %,d failed%s",
            stored.get(),
            seconds,
            turnedAway.get(),
            failed.get(),
            over ? "" : ", others still under way"),
        "",
        "",
        "all: " + (stored.get() == uploads ? "met" : "**not met**"));
    var peak = ProcessMemory.peak(service.process().handle());
    bed.table.row(
        name + "peak RSS",
        ProcessMemory.text(peak),
        "",
        "",
        peak.isEmpty() ? "" : "< 500 MB: " + (peak.getAsLong() < 500e6 ? "met" : "**not met**"));
    service
        .process()
        .log()
        .lines()
        .filter(line -> line.contains("ERROR") || line.contains("Memory"))
        .distinct()
        .limit(LOG_LINES)
        .forEach(System.out::println);
  }

  private void upload(int i) {
    load.send(
        i,
        Outgoing.of(
            "PUT /blob/uploads/" + i + ".bin",
            piece,
            BYTES,
            "Authorization: Bearer " + ServiceProcess.TOKEN,
            "Content-MD5: new"),
        (reply, failure) -> {
          if (reply != null && reply.status() == 503) {
            turnedAway.incrementAndGet();
            repeated.set(i);
            String seconds = reply.header("Retry-After");
            var unused =
                later.schedule(
                    () -> upload(i),
                    seconds.isEmpty() ? 1 : Long.parseLong(seconds),
                    TimeUnit.SECONDS);
            return;
          }
          // One that was turned away may have taken effect: then its repetition is refused.
          boolean before = reply != null && reply.status() == 412 && repeated.get(i);
          if (before || (reply != null && reply.status() / 100 == 2)) {
            stored.incrementAndGet();
          } else if (failed.incrementAndGet() <= 3) {
            System.out.println("upload " + i + ": " + (reply == null ? failure : reply.head()));
          }
          left.countDown();
        });
  }
}
