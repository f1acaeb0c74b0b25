package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import dev.memoryproxy.s3server.ServerProcess;
import dev.memoryproxy.storage.BareS3;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * GET of 2 KiB, of a few files again and again and of files that nobody has read before, against
 * the bare SDK, a plain handler over the SDK, and nginx.
 */
final class GetRows {
  private static final int CLIENTS = 64;
  private static final int BYTES = 2048;
  private static final String OURS = "ours";
  private static final String BARE = "bare S3";
  private static final String HANDLER = "a handler that calls the SDK";
  private static final String NGINX = "nginx proxy_pass";

  private final Bed bed;
  private final Bed.Service service;
  private final int coldFiles;

  private GetRows(Bed bed, Bed.Service service, int coldFiles) {
    this.bed = bed;
    this.service = service;
    this.coldFiles = coldFiles;
  }

  static void measure(Bed bed) {
    bed.latency(0);
    int coldFiles = bed.quick ? 6_000 : 20_000;
    Bed.Service first = bed.service();
    fill(first, "hot", CLIENTS);
    fill(first, "cold", coldFiles);
    fill(first, "warm", coldFiles);
    try (Bed.Service service = bed.again(first);
        ServerProcess handler =
            SdkHandlerServer.start(scratch(bed), Bed.JVM, BareS3.settings(bed.s3));
        HttpLoad ours = service.load(CLIENTS);
        HttpLoad other = new HttpLoad(SdkHandlerServer.base(handler), CLIENTS)) {
      GetRows rows = new GetRows(bed, service, coldFiles);
      Optional<Nginx> nginx = rows.nginx();
      try {
        rows.hot(ours, other, handler, nginx);
      } finally {
        nginx.ifPresent(Nginx::close);
      }
      rows.cold(ours);
    }
  }

  private static Path scratch(Bed bed) {
    try {
      return Files.createTempDirectory(bed.directory, "handler");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void fill(Bed.Service service, String folder, int files) {
    byte[] body = new byte[BYTES];
    AtomicInteger next = new AtomicInteger();
    try (HttpLoad load = service.load(CLIENTS)) {
      Driver.times(
              load.operation(
                  client ->
                      Outgoing.of(
                          "PUT /blob/" + folder + "/" + next.getAndIncrement(),
                          body,
                          BYTES,
                          Bed.AUTHORIZED,
                          "Content-MD5: new")),
              CLIENTS,
              files)
          .orThrow();
    }
  }

  private Optional<Nginx> nginx() {
    return Nginx.start(
        bed.directory,
        "upstream s3 { server "
            + bed.s3.endpoint().getAuthority()
            + "; keepalive 128; keepalive_requests 100000000; }",
        """
        location / {
          proxy_pass http://s3;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          proxy_set_header %s;
        }
        """
            .formatted(AloneRows.authorization(bed).replace(": ", " '") + "'"));
  }

  private String object(String file) {
    return service.prefix() + "/" + file;
  }

  private void hot(HttpLoad ours, HttpLoad other, ServerProcess handler, Optional<Nginx> nginx) {
    String bucket = "/" + bed.s3.bucket() + "/";
    List<HttpLoad> opened = new ArrayList<>();
    try {
      Duel duel =
          new Duel(CLIENTS)
              .with(
                  OURS,
                  ours.operation(c -> Outgoing.get("/blob/hot/" + c, Bed.AUTHORIZED)),
                  service.process().handle())
              .with(BARE, BareOperations.get(bed.bare, c -> object("hot/" + c)))
              .with(
                  HANDLER,
                  other.operation(c -> Outgoing.get("/" + object("hot/" + c))),
                  handler.handle());
      nginx.ifPresent(
          server -> {
            HttpLoad load = new HttpLoad(server.base(), CLIENTS);
            opened.add(load);
            duel.with(NGINX, load.operation(c -> Outgoing.get(bucket + object("hot/" + c))));
          });
      // Until the compilers of all servers have little left to do.
      duel.warm(Duration.ofSeconds(bed.quick ? 3 : 20));
      Duel.Results closed = duel.closed(bed.rounds(), bed.round());
      Duel.Results open = duel.open(bed.rounds(), bed.round(), closed);
      throughputs("GET 2 KiB hot, 64 clients: throughput", closed);
      bed.table.row(
          "GET 2 KiB hot, 64 clients: CPU of the server a GET",
          String.format(Locale.ROOT, "%,.0f µs", closed.cpuMicros(OURS)),
          String.format(Locale.ROOT, "%,.0f µs ", closed.cpuMicros(HANDLER)) + HANDLER,
          closed.cpuMicros(OURS) / closed.cpuMicros(HANDLER),
          "");
      latencies("GET 2 KiB hot, 64 clients: ", open, HANDLER);
      apart(ours, other, handler, nginx, opened);
    } finally {
      opened.forEach(HttpLoad::close);
    }
  }

  /** The same with one core for the server alone, and the others for its load and the store. */
  private void apart(
      HttpLoad ours,
      HttpLoad other,
      ServerProcess handler,
      Optional<Nginx> nginx,
      List<HttpLoad> opened) {
    List<ProcessHandle> servers = new ArrayList<>();
    servers.add(service.process().handle());
    servers.add(handler.handle());
    nginx.ifPresent(server -> servers.add(server.handle()));
    Optional<Cores> cores = Cores.separate(servers, List.of(bed.s3.handle()));
    if (cores.isEmpty()) {
      bed.table.row(
          "GET 2 KiB hot, 64 clients, the server on one core of its own",
          "not measured",
          "needs two cores and taskset",
          "",
          "");
      return;
    }
    try {
      Duel duel =
          new Duel(CLIENTS)
              .with(
                  OURS,
                  ours.operation(c -> Outgoing.get("/blob/hot/" + c, Bed.AUTHORIZED)),
                  service.process().handle())
              .with(
                  HANDLER,
                  other.operation(c -> Outgoing.get("/" + object("hot/" + c))),
                  handler.handle());
      String bucket = "/" + bed.s3.bucket() + "/";
      opened.stream()
          .findFirst()
          .ifPresent(
              load ->
                  duel.with(NGINX, load.operation(c -> Outgoing.get(bucket + object("hot/" + c)))));
      duel.warm(bed.round());
      throughputs(
          "GET 2 KiB hot, 64 clients, the server on one core of its own: throughput",
          duel.closed(bed.rounds(), bed.round()));
    } finally {
      cores.get().close();
    }
  }

  /** What ours reached against each of the others. */
  private void throughputs(String name, Duel.Results closed) {
    for (String against : closed.byName().keySet()) {
      if (!against.equals(OURS)) {
        double ratio = closed.of(OURS).perSecond() / closed.of(against).perSecond();
        bed.table.row(
            name,
            closed.of(OURS).rate(),
            closed.of(against).rate() + " " + against,
            ratio,
            against.equals(HANDLER) ? Table.atLeast(4, ratio) : "");
      }
    }
  }

  private void latencies(String name, Duel.Results open, String against) {
    bed.table.row(
        name + "p50 at 70 % load",
        Measured.millis(open.of(OURS).p50()),
        Measured.millis(open.of(against).p50()) + " " + against,
        open.of(OURS).p50() / open.of(against).p50(),
        "");
    bed.table.row(
        name + "p99 at 70 % load",
        Measured.millis(open.of(OURS).p99()),
        Measured.millis(open.of(against).p99()) + " " + against,
        open.of(OURS).p99() / open.of(against).p99(),
        "");
  }

  /** Every file once, in sections that take turns with the bare SDK's. */
  private void cold(HttpLoad ours) {
    int sections = bed.rounds();
    int each = coldFiles / sections;
    // Hot reads do without most of what these need.
    AtomicInteger warm = new AtomicInteger();
    Operation warming =
        ours.operation(c -> Outgoing.get("/blob/warm/" + warm.getAndIncrement(), Bed.AUTHORIZED));
    Driver.times(warming, CLIENTS, coldFiles).unlessAllFailed();
    AtomicInteger next = new AtomicInteger();
    AtomicInteger bareNext = new AtomicInteger();
    Operation mine =
        ours.operation(c -> Outgoing.get("/blob/cold/" + next.getAndIncrement(), Bed.AUTHORIZED));
    Operation bare =
        BareOperations.get(bed.bare, c -> object("cold/" + bareNext.getAndIncrement()));
    List<Measured> oursTaken = new ArrayList<>();
    List<Measured> bareTaken = new ArrayList<>();
    for (int i = 0; i < sections; i++) {
      oursTaken.add(Driver.times(mine, CLIENTS, each).unlessAllFailed());
      bareTaken.add(Driver.times(bare, CLIENTS, each).unlessAllFailed());
    }
    Measured reached = Measured.of(oursTaken);
    Measured against = Measured.of(bareTaken);
    bed.table.row(
        "GET 2 KiB cold, 64 clients: throughput",
        reached.rate(),
        against.rate() + " " + BARE,
        reached.perSecond() / against.perSecond(),
        "");
    bed.table.row(
        "GET 2 KiB cold, 64 clients: p50 in a closed loop",
        Measured.millis(reached.p50()),
        Measured.millis(against.p50()) + " " + BARE,
        reached.p50() / against.p50(),
        "");
  }
}
