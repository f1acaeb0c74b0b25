package dev.memoryproxy.bench;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.e2e.ProcessMemory;
import dev.memoryproxy.e2e.S3Storage;
import dev.memoryproxy.e2e.ServiceProcess;
import dev.memoryproxy.index.NamespaceSeed;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many namespaces, most of them idle: the packaged service, a process of its own, on a strict S3
 * server in this one whose bucket was filled without requests. Prints one table.
 */
public final class NamespacesBenchmark {
  private static final int FILES = 20;
  private static final int OPENINGS = 101;
  private static final int LISTS = 15;
  private static final int CLIENTS = 16;
  private static final List<String> JVM =
      List.of("-Xmx256m", "-XX:+UseSerialGC", "-Dmemoryproxy.blocked.millis=100");

  private final int count;
  private final StrictS3Server s3 = StrictS3Server.start();
  private final Path directory = Files.createTempDirectory("namespaces");
  private final Map<String, String> settings = S3Storage.fresh(s3);
  private final BenchClient client = new BenchClient();
  private final AtomicInteger openings = new AtomicInteger();
  private final List<String> rows = new ArrayList<>();

  private NamespacesBenchmark(int count) throws IOException {
    this.count = count;
    settings.put("LOG_LEVEL", "WARN");
  }

  /**
   * Measures and prints.
   *
   * @param arguments the number of namespaces
   */
  public static void main(String[] arguments) throws IOException {
    NamespacesBenchmark benchmark = new NamespacesBenchmark(Integer.parseInt(arguments[0]));
    try {
      benchmark.fill();
      benchmark.run();
    } finally {
      benchmark.s3.close();
    }
  }

  private static String name(int i) {
    return String.format("personas/agent-%02d/history/session-%05d", i % 50, i);
  }

  private void fill() {
    String prefix = settings.getOrDefault("S3_PREFIX", "");
    for (int i = 0; i < count; i++) {
      NamespaceSeed.of(prefix, Namespace.parse(name(i)), FILES)
          .forEach(
              object ->
                  s3.preload(object.key(), object.content(), "text/markdown", object.metadata()));
    }
    s3.onCall(
        call -> {
          if (call.operation() == S3Operation.GET && call.key().endsWith("/.sync-index.json")) {
            openings.incrementAndGet();
          }
        });
    row("namespaces, files in each, objects", count + ", " + FILES + ", " + s3.objects());
  }

  private void run() {
    within(8 << 20, this::lists);
    within(8 << 20, this::openings);
    within(1 << 20, service -> touchAll(service, "1 MiB"));
    within(8 << 20, service -> touchAll(service, "8 MiB"));
    within(64 << 20, service -> touchAll(service, "64 MiB"));
    System.out.println();
    rows.forEach(System.out::println);
  }

  private interface Measurement {
    void of(ServiceProcess service);
  }

  private void within(long cacheBytes, Measurement measurement) {
    settings.put("INDEX_CACHE_BYTES", Long.toString(cacheBytes));
    ServiceProcess service = ServiceProcess.start(directory, settings, JVM);
    try {
      measurement.of(service);
      long warnings = service.log().lines().filter(line -> line.contains("WARN")).count();
      service
          .log()
          .lines()
          .filter(line -> line.contains("WARN"))
          .limit(3)
          .forEach(System.out::println);
      long start = System.nanoTime();
      service.terminate();
      row(
          "stopping after that, log lines that warn",
          millis(System.nanoTime() - start) + ", " + warnings);
    } finally {
      service.close();
    }
  }

  private void lists(ServiceProcess service) {
    s3.counts().reset();
    long start = System.nanoTime();
    JsonObject found = list(service);
    row(
        "`GET /namespaces`, first on a bucket without a registry",
        millis(System.nanoTime() - start) + ", " + requests());
    if (found.getJsonArray("namespaces").size() != count) {
      throw new IllegalStateException("listed " + found.getJsonArray("namespaces").size());
    }
    s3.counts().reset();
    long[] nanos = new long[LISTS];
    for (int i = 0; i < LISTS; i++) {
      long from = System.nanoTime();
      list(service);
      nanos[i] = System.nanoTime() - from;
    }
    row(
        "`GET /namespaces`, again, p50 of " + LISTS,
        millis(median(nanos)) + ", " + s3.counts().of(S3Operation.LIST) / LISTS + " LIST each");
  }

  /** A search of the bucket that takes longer than a request may is asked for again. */
  private JsonObject list(ServiceProcess service) {
    BenchClient.Timed answer =
        client.sendUntilReady(request(service, "/namespaces").GET().build(), 200);
    return new JsonObject(new String(answer.response().body(), StandardCharsets.UTF_8));
  }

  private void openings(ServiceProcess service) {
    long[] first = new long[OPENINGS];
    long[] again = new long[OPENINGS];
    s3.counts().reset();
    for (int i = 0; i < OPENINGS; i++) {
      first[i] = client.send(sync(service, i * 7 % count), 200).nanos();
      again[i] = client.send(sync(service, i * 7 % count), 200).nanos();
    }
    row("opening: first `/sync` of one of them, p50", millis(median(first)));
    row("`/sync` of an open one, p50", millis(median(again)));
    row("requests for " + OPENINGS + " openings and as many repeats", requests());
  }

  private void touchAll(ServiceProcess service, String cache) {
    String of = "all touched in turn by 16 clients, cache of " + cache + ": ";
    for (String round : List.of("first", "second")) {
      s3.counts().reset();
      openings.set(0);
      long start = System.nanoTime();
      client.sendAll(count, CLIENTS, i -> sync(service, i));
      row(of + round + " round", millis(System.nanoTime() - start) + ", " + requests());
      row(of + "opened in the " + round + " round", Integer.toString(openings.get()));
    }
    row(
        of + "live heap then, MB",
        String.format(Locale.ROOT, "%.1f", ProcessMemory.liveHeap(service.handle()) / 1e6));
  }

  private HttpRequest sync(ServiceProcess service, int i) {
    String name = URLEncoder.encode(name(i), StandardCharsets.UTF_8);
    return request(service, "/sync/" + name).GET().build();
  }

  private static HttpRequest.Builder request(ServiceProcess service, String target) {
    return BenchClient.request(
        URI.create(service.base() + target), "Bearer " + ServiceProcess.TOKEN);
  }

  private String requests() {
    return s3.counts().of(S3Operation.LIST)
        + " LIST, "
        + s3.counts().of(S3Operation.GET)
        + " GET, "
        + s3.counts().of(S3Operation.HEAD)
        + " HEAD, "
        + s3.counts().of(S3Operation.PUT)
        + " PUT";
  }

  private void row(String name, String value) {
    rows.add("| " + name + " | " + value + " |");
    System.out.println(name + ": " + value);
  }

  private static long median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%,.1f ms", nanos / 1e6);
  }
}
