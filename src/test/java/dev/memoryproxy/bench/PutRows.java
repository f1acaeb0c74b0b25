package dev.memoryproxy.bench;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Locale;

/** PUT of 2 KiB against bare S3 PUTs, and what it asks of S3. */
final class PutRows {
  private static final int BYTES = 2048;
  private static final String OURS = "ours";
  private static final String BARE = "bare S3";

  private final Bed bed;
  private final Bed.Service service;

  private PutRows(Bed bed, Bed.Service service) {
    this.bed = bed;
    this.service = service;
  }

  static void measure(Bed bed) {
    try (Bed.Service service = bed.service()) {
      PutRows rows = new PutRows(bed, service);
      rows.warm();
      for (int latency : new int[] {0, 20}) {
        for (int clients : new int[] {1, 64}) {
          rows.duel(clients, latency);
        }
      }
      rows.requests(1);
      rows.requests(64);
    } finally {
      bed.latency(0);
    }
  }

  private void warm() {
    bed.latency(0);
    try (HttpLoad load = service.load(64)) {
      new Duel(64)
          .with(OURS, new PutWorkload(load, "warm", 64, BYTES))
          .with(BARE, BareOperations.put(bed.bare, service.prefix(), 64, BYTES))
          .warm(Duration.ofSeconds(bed.quick ? 3 : 8));
    }
  }

  private void duel(int clients, int latency) {
    bed.latency(latency);
    String name =
        "PUT 2 KiB, " + clients + (clients == 1 ? " client, " : " clients, ") + latency + " ms: ";
    try (HttpLoad load = service.load(clients)) {
      Duel duel =
          new Duel(clients)
              .with(
                  OURS,
                  new PutWorkload(load, "put/" + latency + "/" + clients, clients, BYTES),
                  service.process().handle())
              .with(BARE, BareOperations.put(bed.bare, service.prefix(), clients, BYTES))
              .warm(Duration.ofSeconds(1));
      Duel.Results closed = duel.closed(bed.rounds(), bed.round());
      Duel.Results open = duel.open(bed.rounds(), bed.round(), closed);
      throughput(name, clients, latency, closed.of(OURS), closed.of(BARE));
      bed.table.row(
          name + "CPU of the service a PUT",
          String.format(Locale.ROOT, "%,.0f µs", closed.cpuMicros(OURS)),
          "",
          "",
          "");
      double p50 = open.of(OURS).p50() / open.of(BARE).p50();
      double limit = clients == 1 ? 2.3 : 2.6;
      compare(
          name + "p50 at 70 % load",
          open.of(OURS).p50(),
          open.of(BARE).p50(),
          latency == 0 ? "" : Table.atMost(limit, p50));
      compare(name + "p99 at 70 % load", open.of(OURS).p99(), open.of(BARE).p99(), "");
      double loop = closed.of(OURS).p50() / closed.of(BARE).p50();
      compare(
          name + "p50 in a closed loop",
          closed.of(OURS).p50(),
          closed.of(BARE).p50(),
          latency == 0 ? "" : Table.atMost(limit, loop));
    }
  }

  private void throughput(String name, int clients, int latency, Measured ours, Measured against) {
    String wanted = "";
    if (latency > 0 && clients > 1) {
      // The file, half a commit that is on its way, and the commit: two and a half round trips.
      double allowed = clients / (2.5 * latency / 1000);
      wanted =
          String.format(
              Locale.ROOT,
              "≥ 0.85 of the %,.0f/s that this latency allows: %.2f",
              allowed,
              ours.perSecond() / allowed);
    }
    bed.table.row(
        name + "throughput",
        ours.rate(),
        against.rate() + " " + BARE,
        ours.perSecond() / against.perSecond(),
        wanted);
  }

  private void compare(String name, double ours, double against, String wanted) {
    bed.table.row(name, Measured.millis(ours), Measured.millis(against), ours / against, wanted);
  }

  private void requests(int clients) {
    bed.latency(20);
    try (HttpLoad load = service.load(clients)) {
      PutWorkload workload = new PutWorkload(load, "requests/" + clients, clients, BYTES);
      Driver.closed(workload, clients, Duration.ofSeconds(2)).orThrow();
      bed.s3.admin("DELETE", "counts", new JsonObject());
      Measured puts = Driver.closed(workload, clients, bed.round().multipliedBy(2)).orThrow();
      JsonObject counts = bed.s3.admin("GET", "counts", new JsonObject());
      String who = clients + (clients == 1 ? " client" : " clients");
      double requests = sum(counts, "requests") / (double) puts.sorted().length;
      bed.table.row(
          "S3 requests a PUT, 20 ms, " + who,
          String.format(Locale.ROOT, "%.3f", requests),
          "1",
          requests,
          clients == 1 ? "" : Table.atMost(1.15, requests));
      double bytes = sum(counts, "bytesIn") / (double) puts.sorted().length;
      bed.table.row(
          "bytes to S3 a PUT of 2,048 bytes, 20 ms, " + who,
          String.format(Locale.ROOT, "%,.0f", bytes),
          "2,048",
          bytes / BYTES,
          "");
    }
  }

  private static long sum(JsonObject counts, String what) {
    return counts.stream().mapToLong(each -> ((JsonObject) each.getValue()).getLong(what)).sum();
  }
}
