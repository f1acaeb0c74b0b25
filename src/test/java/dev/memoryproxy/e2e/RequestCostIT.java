package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a request costs in S3 requests, counted by the server that is asked. */
class RequestCostIT {
  private static final String LOG = "memory/.sync-log/";

  @TempDir Path directory;

  private final StrictS3Server s3 = StrictS3Server.start();
  private final ConcurrentHashMap<String, Integer> calls = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private ServiceProcess service;
  private Client client;

  @BeforeEach
  void start() {
    service = ServiceProcess.start(directory, S3Storage.of(s3));
    client = Client.of(service);
    // What the first request of all costs for opening the index is not a request's usual cost.
    assertThat(client.create("first.md", text("first")).status()).isEqualTo(201);
    // What the service does on its own, and what health checks cost, is not counted either.
    s3.onCall(
        call -> {
          if (call.key().startsWith(LOG)) {
            calls.merge("log " + call.operation(), 1, Integer::sum);
          } else if (!call.key().contains("/.sync-")) {
            calls.merge("file " + call.operation(), 1, Integer::sum);
          }
        });
  }

  @AfterEach
  void stop() {
    service.close();
    s3.close();
    threads.shutdownNow();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private int calls(String what, S3Operation operation) {
    return calls.getOrDefault(what + " " + operation, 0);
  }

  @Test
  void writesCostOneRequestAndOneOfTheLog() {
    assertThat(client.create("a.md", text("one")).status()).isEqualTo(201);
    assertThat(client.put("a.md", Md5.of(text("one")), text("two")).status()).isEqualTo(200);
    assertThat(client.delete("a.md").status()).isEqualTo(204);
    assertThat(calls("file", S3Operation.PUT)).isEqualTo(3);
    assertThat(calls("log", S3Operation.PUT)).isEqualTo(3);
    assertThat(calls("file", S3Operation.HEAD)).isZero();
    assertThat(calls("log", S3Operation.GET)).isZero();
  }

  /** A process that knows the index, but none of the files. */
  private void restart(Map<String, String> settings) {
    service.close();
    Map<String, String> all = new HashMap<>(S3Storage.of(s3));
    all.putAll(settings);
    service = ServiceProcess.start(directory, all);
    client = Client.of(service);
    assertThat(client.sync().status()).isEqualTo(200);
    calls.clear();
  }

  @Test
  void aReadCostsOneRequestAndTheNextOneALookAtTheLog() {
    restart(Map.of());
    assertThat(client.get("first.md").text()).isEqualTo("first");
    assertThat(calls("file", S3Operation.GET)).isEqualTo(1);
    assertThat(calls("file", S3Operation.HEAD)).isZero();
    assertThat(calls("log", S3Operation.GET)).isZero();
    assertThat(client.get("first.md").text()).isEqualTo("first");
    assertThat(calls("file", S3Operation.GET)).isEqualTo(1);
    assertThat(calls("log", S3Operation.GET)).isEqualTo(1);
  }

  @Test
  void aKnownFilesStateCostsNoRequestForTheFile() {
    assertThat(
            client
                .send(client.blob("first.md").method("HEAD", HttpRequest.BodyPublishers.noBody()))
                .status())
        .isEqualTo(200);
    String etag = '"' + Md5.of(text("first")) + '"';
    assertThat(client.send(client.blob("first.md").header("If-None-Match", etag).GET()).status())
        .isEqualTo(304);
    assertThat(client.send(client.blob("first.md").header("If-Match", "\"0\"").GET()).status())
        .isEqualTo(412);
    assertThat(client.send(client.blob("first.md").header("Range", "bytes=1-2").GET()).text())
        .isEqualTo("ir");
    assertThat(calls("file", S3Operation.HEAD) + calls("file", S3Operation.GET)).isZero();
    assertThat(calls("log", S3Operation.GET)).isEqualTo(4);
  }

  @Test
  void concurrentReadsOfOneFileShareTheirRequests() throws InterruptedException {
    restart(Map.of());
    Fault gate =
        s3.inject(
            Fault.on(S3Operation.GET).keys("memory/first.md").times(1).park(Fault.Point.BEFORE));
    List<CompletableFuture<String>> readers =
        IntStream.range(0, 100)
            .mapToObj(
                i -> CompletableFuture.supplyAsync(() -> client.get("first.md").text(), threads))
            .toList();
    gate.awaitParked(1);
    while (calls("log", S3Operation.GET) == 0) {
      Thread.onSpinWait();
    }
    gate.release();
    readers.forEach(reader -> assertThat(reader.join()).isEqualTo("first"));
    assertThat(calls("file", S3Operation.GET)).isBetween(1, 3);
    assertThat(calls("log", S3Operation.GET)).isLessThan(50);
  }

  @Test
  void hotReadsShareTheirLooksAtTheLog() {
    int perClient = 16;
    List<CompletableFuture<Void>> readers =
        IntStream.range(0, 64)
            .mapToObj(
                i ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int read = 0; read < perClient; read++) {
                            assertThat(client.get("first.md").text()).isEqualTo("first");
                          }
                        },
                        threads))
            .toList();
    readers.forEach(CompletableFuture::join);
    int looks = calls("log", S3Operation.GET);
    System.out.printf("%d hot reads by 64 clients: %d looks at the log%n", 64 * perClient, looks);
    assertThat(calls("file", S3Operation.GET)).isZero();
    assertThat(looks).isBetween(1, 64 * perClient / 3);
  }

  @Test
  void withoutTheCacheEveryReadIsOneRequest() {
    restart(Map.of("READ_CACHE_BYTES", "0"));
    for (int i = 0; i < 3; i++) {
      assertThat(client.get("first.md").text()).isEqualTo("first");
    }
    assertThat(calls("file", S3Operation.GET)).isEqualTo(3);
    assertThat(calls("file", S3Operation.HEAD)).isZero();
    assertThat(calls("log", S3Operation.GET)).isZero();
  }

  @Test
  void concurrentWritesShareTheirIndexCommits() throws InterruptedException {
    // The first commit is held until all other changes wait behind it.
    Fault gate = s3.inject(Fault.on(S3Operation.PUT).keys(LOG).times(1).park(Fault.Point.BEFORE));
    CompletableFuture<Integer> first = write("b0.md");
    gate.awaitParked(1);
    List<CompletableFuture<Integer>> others =
        IntStream.range(1, 21).mapToObj(i -> write("b" + i + ".md")).toList();
    while (calls("file", S3Operation.PUT) < 21) {
      Thread.onSpinWait();
    }
    gate.release();
    assertThat(first.join()).isEqualTo(201);
    others.forEach(other -> assertThat(other.join()).isEqualTo(201));
    assertThat(calls("file", S3Operation.PUT)).isEqualTo(21);
    // One for the first; the rest share one, or a few where some were on their way still.
    assertThat(calls("log", S3Operation.PUT)).isBetween(2, 6);
    assertThat(client.files().fieldNames()).hasSize(22);
  }

  private CompletableFuture<Integer> write(String path) {
    return CompletableFuture.supplyAsync(() -> client.create(path, text(path)).status(), threads);
  }

  @Test
  void healthChecksAreSharedAndReused() {
    s3.counts().reset();
    List<CompletableFuture<Integer>> checks =
        IntStream.range(0, 50)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> client.health().status(), threads))
            .toList();
    checks.forEach(check -> assertThat(check.join()).isEqualTo(200));
    assertThat(s3.counts().of(S3Operation.HEAD)).isLessThan(25);
  }
}
