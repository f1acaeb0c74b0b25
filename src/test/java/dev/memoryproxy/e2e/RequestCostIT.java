package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
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
  void writesCostOneRequestAndOneOfTheLogAndReadsCostOne() {
    assertThat(client.create("a.md", text("one")).status()).isEqualTo(201);
    assertThat(client.put("a.md", Md5.of(text("one")), text("two")).status()).isEqualTo(200);
    assertThat(client.delete("a.md").status()).isEqualTo(204);
    assertThat(calls("file", S3Operation.PUT)).isEqualTo(3);
    assertThat(calls("log", S3Operation.PUT)).isEqualTo(3);
    assertThat(client.get("first.md").status()).isEqualTo(200);
    assertThat(calls("file", S3Operation.GET)).isEqualTo(1);
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
