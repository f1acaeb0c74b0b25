package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import dev.memoryproxy.e2e.ProcessMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** PUT and GET of 64 MiB by 4 clients: bytes a second, and what memory the service needs for it. */
final class LargeRows {
  private static final int CLIENTS = 4;
  private static final int BYTES = 64 << 20;

  private LargeRows() {}

  static void measure(Bed bed) {
    bed.latency(0);
    int files = bed.quick ? 8 : 24;
    try (Bed.Service service = bed.service();
        HttpLoad load = service.load(CLIENTS)) {
      Operation put = new PutWorkload(load, "large", CLIENTS, BYTES);
      Operation barePut = BareOperations.put(bed.bare, service.prefix(), CLIENTS, BYTES);
      duel(bed, service, "PUT", put, barePut, files);
      Operation get =
          load.operation(c -> Outgoing.get("/blob/large/" + c + "/0.md", Bed.AUTHORIZED));
      Operation bareGet =
          BareOperations.get(bed.bare, c -> service.prefix() + "/large/" + c + "/0.md");
      duel(bed, service, "GET", get, bareGet, files);
    }
  }

  private static void duel(
      Bed bed, Bed.Service service, String method, Operation ours, Operation bare, int files) {
    Driver.times(ours, CLIENTS, CLIENTS).orThrow();
    Driver.times(bare, CLIENTS, CLIENTS).unlessAllFailed();
    ProcessMemory.resetPeak(service.process().handle());
    List<Measured> mine = new ArrayList<>();
    List<Measured> theirs = new ArrayList<>();
    for (int done = 0; done < files; done += CLIENTS) {
      mine.add(Driver.times(ours, CLIENTS, CLIENTS).unlessAllFailed());
      theirs.add(Driver.times(bare, CLIENTS, CLIENTS).unlessAllFailed());
    }
    Measured all = Measured.of(mine);
    double reached = all.perSecond() * BYTES / 1e6;
    double against = Measured.of(theirs).perSecond() * BYTES / 1e6;
    bed.table.row(
        method + " 64 MiB, 4 clients: throughput",
        String.format(Locale.ROOT, "%,.0f MB/s", reached)
            + (all.failures() == 0 ? "" : " (" + all.failures() + " failed)"),
        String.format(Locale.ROOT, "%,.0f MB/s bare S3", against),
        reached / against,
        "");
    bed.table.row(
        method + " 64 MiB, 4 clients: peak RSS",
        ProcessMemory.text(ProcessMemory.peak(service.process().handle())),
        "",
        "",
        "");
  }
}
