package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import dev.memoryproxy.e2e.ServiceProcess;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code GET /sync} in full, as a delta of ten changes and as a 304, asked by one client and by
 * 1,000 that poll, against nginx that sends the very same bytes from a file.
 */
final class SyncRows {
  private static final int WRITERS = 64;
  private static final int POLLERS = 1000;
  private static final int DELTA = 10;
  private static final String OURS = "ours";
  private static final String NGINX = "nginx from a file";

  private final Bed bed;
  private final Bed.Service service;
  private final int files;
  private final BenchClient client = new BenchClient();

  private SyncRows(Bed bed, Bed.Service service, int files) {
    this.bed = bed;
    this.service = service;
    this.files = files;
  }

  static void measure(Bed bed) {
    bed.latency(0);
    for (int files : bed.quick ? new int[] {100, 5_000} : new int[] {100, 100_000}) {
      try (Bed.Service service = bed.service()) {
        new SyncRows(bed, service, files).run();
      }
    }
  }

  private void run() {
    write("file-", files - DELTA);
    long version = new JsonObject(text(response("?prefix=none"))).getLong("index_version");
    write("late-", DELTA);
    long start = System.nanoTime();
    HttpResponse<byte[]> full = response("");
    int listed = new JsonObject(text(full)).getJsonObject("files").size();
    if (listed != files) {
      throw new IllegalStateException(listed + " files are listed, not " + files);
    }
    System.out.printf(Locale.ROOT, "%,d files, read in %.0f ms%n", files, millis(start));
    String delta = "?since=" + version;
    Path pages = pages(full.body(), response(delta).body());
    Optional<Nginx> nginx = Nginx.start(bed.directory, "", "root " + pages + ";");
    try {
      boolean large = full.body().length > 1 << 20;
      duel("full", "", "", nginx, "/full.json", large);
      duel("delta of 10", delta, "", nginx, "/delta.json", false);
      String etag = full.headers().firstValue("ETag").orElseThrow();
      duel("304", "", etag, nginx, "/full.json", false);
    } finally {
      nginx.ifPresent(Nginx::close);
    }
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }

  private void write(String name, int count) {
    AtomicInteger next = new AtomicInteger();
    byte[] body = new byte[64];
    try (HttpLoad load = service.load(WRITERS)) {
      Driver.times(
              load.operation(
                  c ->
                      Outgoing.of(
                          path(name, next.getAndIncrement()),
                          body,
                          body.length,
                          Bed.AUTHORIZED,
                          "Content-MD5: new")),
              WRITERS,
              count)
          .orThrow();
    }
  }

  private static String path(String name, int i) {
    return String.format(Locale.ROOT, "PUT /blob/notes/topic-%03d/%s%06d.md", i % 500, name, i);
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), java.nio.charset.StandardCharsets.UTF_8);
  }

  private HttpResponse<byte[]> response(String query) {
    return client
        .send(
            BenchClient.request(
                    URI.create(service.process().base() + "/sync" + query),
                    "Bearer " + ServiceProcess.TOKEN)
                .GET()
                .build(),
            200)
        .response();
  }

  private Path pages(byte[] full, byte[] delta) {
    try {
      Path pages = Files.createTempDirectory(bed.directory, "pages");
      Files.write(pages.resolve("full.json"), full);
      Files.write(pages.resolve("delta.json"), delta);
      return pages;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void duel(
      String what, String query, String etag, Optional<Nginx> nginx, String page, boolean large) {
    for (int clients : new int[] {1, large ? 8 : POLLERS}) {
      try (HttpLoad ours = service.load(clients)) {
        Duel duel = new Duel(clients).with(OURS, polling(ours, "/sync" + query, etag));
        if (nginx.isPresent()) {
          URI base = nginx.get().base();
          String theirs = etag.isEmpty() ? "" : etagOf(base.resolve(page));
          try (HttpLoad other = new HttpLoad(base, clients)) {
            duel.with(NGINX, polling(other, page, theirs));
            rows(what, clients, duel);
          }
        } else {
          rows(what, clients, duel);
        }
      }
    }
  }

  private static Operation polling(HttpLoad load, String target, String etag) {
    Outgoing request =
        etag.isEmpty()
            ? Outgoing.get(target, Bed.AUTHORIZED)
            : Outgoing.get(target, Bed.AUTHORIZED, "If-None-Match: " + etag);
    return load.operation(c -> request);
  }

  private String etagOf(URI page) {
    return client
        .send(BenchClient.request(page, "none").GET().build(), 200)
        .response()
        .headers()
        .firstValue("ETag")
        .orElseThrow();
  }

  private void rows(String what, int clients, Duel duel) {
    Duel.Results closed = duel.warm(bed.round()).closed(bed.rounds(), bed.round());
    Measured ours = closed.of(OURS);
    Optional<Measured> theirs = Optional.ofNullable(closed.byName().get(NGINX));
    String name =
        String.format(
            Locale.ROOT,
            "GET /sync, %,d files, %s, %,d %s: ",
            files,
            what,
            clients,
            clients == 1 ? "client" : "keep-alive clients");
    List.of("throughput", "p50 in a closed loop")
        .forEach(
            figure -> {
              boolean rate = figure.equals("throughput");
              bed.table.row(
                  name + figure,
                  rate ? ours.rate() : Measured.millis(ours.p50()),
                  theirs
                      .map(t -> (rate ? t.rate() : Measured.millis(t.p50())) + " " + NGINX)
                      .orElse("no nginx here"),
                  theirs
                      .map(
                          t ->
                              String.format(
                                  Locale.ROOT,
                                  "%.2f",
                                  rate ? ours.perSecond() / t.perSecond() : ours.p50() / t.p50()))
                      .orElse(""),
                  "");
            });
  }
}
