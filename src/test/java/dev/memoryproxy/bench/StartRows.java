package dev.memoryproxy.bench;

import dev.memoryproxy.e2e.ProcessMemory;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** From the start of the process to its first healthy answer, and the memory of one that idles. */
final class StartRows {
  private static final int STARTS = 5;
  private static final long IDLE_SECONDS = 5;

  private StartRows() {}

  static void measure(Bed bed) {
    bed.latency(0);
    double[] seconds = new double[STARTS];
    OptionalLong resident = OptionalLong.empty();
    for (int i = 0; i < STARTS; i++) {
      long start = System.nanoTime();
      try (Bed.Service service = bed.service()) {
        seconds[i] = (System.nanoTime() - start) / 1e9;
        if (i == STARTS - 1) {
          idle();
          resident = ProcessMemory.resident(service.process().handle());
        }
      }
    }
    Arrays.sort(seconds);
    bed.table.row(
        "start to healthy, median of " + STARTS,
        String.format(Locale.ROOT, "%.2f s", seconds[STARTS / 2]),
        "",
        "",
        "");
    bed.table.row("idle RSS, -Xmx256m", ProcessMemory.text(resident), "", "", "");
  }

  private static void idle() {
    try {
      TimeUnit.SECONDS.sleep(IDLE_SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
