package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.auth.Access;
import dev.memoryproxy.auth.AuthHandler;
import dev.memoryproxy.auth.Principal;
import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.NamespacePattern;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.RunningStorage;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Today's client and its compressed sessions, over the wire and down to the store. */
class CompressedHistoriesTest {
  private static final int MAX_BLOB = 1_000_000;
  private static final String GZIP = "application/gzip";

  @TempDir Path spool;
  private final MemoryObjectStore store = new MemoryObjectStore(TimeSource.SYSTEM);
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<RunningStorage> running = new ArrayList<>();

  private int start(String... patterns) throws Exception {
    RunningStorage process = new RunningStorage(store);
    running.add(process);
    HttpVerticle http =
        new HttpVerticle(
            HttpSettings.of("127.0.0.1", 0, MAX_BLOB, spool)
                .withCompressedHistories(
                    List.of(patterns).stream().map(NamespacePattern::parse).toList()),
            process.storage,
            process.index,
            context -> AuthHandler.pass(context, new Principal("", "anyone", Access.EVERYTHING)),
            new StorageHealth(process.vertx, process.storage, TimeSource.SYSTEM),
            new Spool(spool, new UploadGate(100, 1L << 30)),
            NamespaceAliases.NONE);
    process.vertx.deployVerticle(http).await(20, TimeUnit.SECONDS);
    return http.actualPort();
  }

  @AfterEach
  void stop() {
    for (RunningStorage process : running) {
      process.close();
    }
  }

  private static byte[] gzip(byte[] content, int level) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packer =
        new GZIPOutputStream(out) {
          {
            def.setLevel(level);
          }
        }) {
      packer.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] gzip(String content) throws IOException {
    return gzip(content.getBytes(StandardCharsets.UTF_8), 6);
  }

  private static String md5(String content) {
    return Md5.of(content.getBytes(StandardCharsets.UTF_8));
  }

  private static HttpRequest.Builder request(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(30));
  }

  private static HttpRequest put(
      int port, String path, String type, byte[] body, String... headers) {
    return request(port, path)
        .header("Content-Type", type)
        .headers(headers)
        .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> upload(int port, byte[] body, String... headers) throws Exception {
    return send(put(port, "/blob/s.jsonl.gz", GZIP, body, headers));
  }

  private HttpResponse<byte[]> get(int port, String... headers) throws Exception {
    HttpRequest.Builder request = request(port, "/blob/s.jsonl.gz");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return send(request.build());
  }

  private static String etag(HttpResponse<?> response) {
    return response.headers().firstValue("ETag").orElse("");
  }

  private static String error(HttpResponse<byte[]> response) {
    return response.statusCode()
        + " "
        + new JsonObject(new String(response.body(), StandardCharsets.UTF_8))
            .getString("error_code");
  }

  private JsonObject entry(int port) throws Exception {
    HttpResponse<byte[]> sync = send(request(port, "/sync").build());
    return new JsonObject(new String(sync.body(), StandardCharsets.UTF_8))
        .getJsonObject("files")
        .getJsonObject("s.jsonl.gz");
  }

  @Test
  void aSessionIsUploadedAgainAndAgainAndKnownByWhatIsInIt() throws Exception {
    int port = start("**");
    for (int round = 1; round <= 3; round++) {
      String content = "line\n".repeat(round);
      byte[] body = gzip(content);
      HttpResponse<byte[]> put = upload(port, body, "If-Match-Version", "0");
      assertThat(put.statusCode()).isEqualTo(round == 1 ? 201 : 200);
      assertThat(etag(put)).isEqualTo('"' + md5(content) + '"');
      HttpResponse<byte[]> got = get(port);
      assertThat(got.body()).isEqualTo(body);
      assertThat(etag(got)).isEqualTo('"' + md5(content) + '"');
      assertThat(got.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(got.headers().firstValue("Content-Type")).contains(GZIP);
      assertThat(entry(port).getString("md5")).isEqualTo(md5(content));
      assertThat(entry(port).getInteger("size")).isEqualTo(body.length);
      assertThat(get(port, "If-None-Match", '"' + md5(content) + '"').statusCode()).isEqualTo(304);
      HttpResponse<byte[]> range = get(port, "Range", "bytes=2-4");
      assertThat(range.statusCode()).isEqualTo(206);
      assertThat(range.body()).containsExactly(body[2], body[3], body[4]);
    }
  }

  @Test
  void preconditionsNameTheUnpackedContent() throws Exception {
    int port = start("**");
    upload(port, gzip("one"), "If-Match-Version", "0");
    HttpResponse<byte[]> two = upload(port, gzip("two"), "If-Match", '"' + md5("one") + '"');
    assertThat(two.statusCode()).isEqualTo(200);
    String packed = Md5.of(gzip("two"));
    assertThat(error(upload(port, gzip("three"), "If-Match", '"' + packed + '"')))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(error(upload(port, gzip("three"), "If-Match-Version", "5")))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(error(upload(port, gzip("three"), "If-None-Match", "*")))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(error(upload(port, gzip("three"), "Content-MD5", "new")))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(error(upload(port, gzip("three"), "If-None-Match", "*", "If-Match-Version", "0")))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(etag(get(port))).isEqualTo('"' + md5("two") + '"');
  }

  @Test
  void theAnnouncedDigestMayBeThatOfTheBodyOrOfItsContent() throws Exception {
    int port = start("**");
    byte[] body = gzip("one");
    for (String announced : List.of(Md5.of(body), md5("one"))) {
      assertThat(upload(port, body, "If-Match-Version", "0", "Content-MD5", announced).statusCode())
          .isLessThan(300);
    }
    assertThat(
            error(upload(port, gzip("two"), "If-Match-Version", "0", "Content-MD5", md5("three"))))
        .isEqualTo("400 DIGEST_MISMATCH");
    assertThat(etag(get(port))).isEqualTo('"' + md5("one") + '"');
  }

  @Test
  void equalContentPackedOtherwiseIsNotWrittenAgain() throws Exception {
    int port = start("**");
    byte[] content = "line\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
    upload(port, gzip(content, 1), "If-Match-Version", "0");
    long version = entry(port).getLong("version");
    assertThat(upload(port, gzip(content, 9), "If-Match-Version", "0").statusCode()).isEqualTo(200);
    assertThat(entry(port).getLong("version")).isEqualTo(version);
    assertThat(get(port).body()).isEqualTo(gzip(content, 1));
  }

  @Test
  void largeBodiesAndSeveralMembersAreUnpackedFromTheSpool() throws Exception {
    int port = start("**");
    byte[] noise = new byte[300_000];
    SplittableRandom random = new SplittableRandom(5);
    random.nextBytes(noise);
    ByteArrayOutputStream members = new ByteArrayOutputStream();
    members.writeBytes(gzip(noise, 6));
    members.writeBytes(gzip(noise, 6));
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(noise);
    content.writeBytes(noise);
    HttpResponse<byte[]> put = upload(port, members.toByteArray(), "If-Match-Version", "0");
    assertThat(etag(put)).isEqualTo('"' + Md5.of(content.toByteArray()) + '"');
    assertThat(get(port).body()).isEqualTo(members.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100_000})
  void whatIsNoGzipIsRefusedAndNothingWritten(int length) throws Exception {
    int port = start("**");
    HttpResponse<byte[]> put =
        upload(port, "x".repeat(length).getBytes(StandardCharsets.UTF_8), "If-Match-Version", "0");
    assertThat(error(put)).isEqualTo("400 INVALID_REQUEST");
    assertThat(new String(put.body(), StandardCharsets.UTF_8)).contains("send gzip data");
    assertThat(get(port).statusCode()).isEqualTo(404);
    assertThat(entry(port)).isNull();
  }

  @Test
  void aBombIsRefusedWithTheLimit() throws Exception {
    int port = start("**");
    byte[] bomb = gzip(new byte[10 * MAX_BLOB + 1], 9);
    HttpResponse<byte[]> put = upload(port, bomb, "If-Match-Version", "0");
    assertThat(error(put)).isEqualTo("413 TOO_LARGE");
    assertThat(new String(put.body(), StandardCharsets.UTF_8)).contains("" + 10 * MAX_BLOB);
    assertThat(get(port).statusCode()).isEqualTo(404);
    byte[] large = gzip(new byte[10 * MAX_BLOB], 9);
    assertThat(upload(port, large, "If-Match-Version", "0").statusCode()).isEqualTo(201);
  }

  /** Bodies that unpack to a thousand times their size would keep everybody waiting. */
  @Test
  void unpackingAndTheWorkOfOthersDoNotWaitForEachOther() throws Exception {
    int port = start("**");
    assertThat(upload(port, gzip("one"), "If-Match-Version", "0").statusCode()).isEqualTo(201);
    CountDownLatch over = new CountDownLatch(1);
    try {
      for (int i = 0; i < VertxOptions.DEFAULT_WORKER_POOL_SIZE; i++) {
        running.get(0).vertx.executeBlocking(() -> over.await(60, TimeUnit.SECONDS), false);
      }
      assertThat(upload(port, gzip("two"), "If-Match-Version", "0").statusCode()).isEqualTo(200);
    } finally {
      over.countDown();
    }
  }

  @Test
  void elsewhereEverythingIsAsEver() throws Exception {
    int port = start("**/history/**");
    byte[] body = gzip("one");
    assertThat(etag(upload(port, body, "If-Match-Version", "0")))
        .isEqualTo('"' + Md5.of(body) + '"');
    assertThat(error(upload(port, gzip("two"), "If-Match-Version", "0")))
        .isEqualTo("412 PRECONDITION_FAILED");
    assertThat(
            upload(port, "no gzip".getBytes(StandardCharsets.UTF_8), "If-Match", Md5.of(body))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void otherTypesKeepTheMd5OfTheirBytes() throws Exception {
    int port = start("**");
    for (String text : List.of("one", "two")) {
      HttpResponse<byte[]> put =
          send(
              put(
                  port,
                  "/blob/notes.md",
                  "text/markdown",
                  text.getBytes(StandardCharsets.UTF_8),
                  "If-Match-Version",
                  "0"));
      assertThat(etag(put)).isEqualTo('"' + md5(text) + '"');
    }
  }

  @Test
  void aDeletedSessionMayBeUploadedAgain() throws Exception {
    int port = start("**");
    upload(port, gzip("one"), "If-Match-Version", "0");
    send(request(port, "/blob/s.jsonl.gz").DELETE().build());
    assertThat(entry(port).getString("md5")).isEqualTo(md5("one"));
    assertThat(entry(port).getBoolean("is_deleted")).isTrue();
    assertThat(upload(port, gzip("one"), "If-Match-Version", "0").statusCode()).isEqualTo(201);
    assertThat(etag(get(port))).isEqualTo('"' + md5("one") + '"');
  }

  @Test
  void concurrentUploadsAllReplace() throws Exception {
    int port = start("**");
    List<CompletableFuture<HttpResponse<byte[]>>> uploads = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      HttpRequest put =
          put(port, "/blob/s.jsonl.gz", GZIP, gzip("session " + i), "If-Match-Version", "0");
      uploads.add(client.sendAsync(put, HttpResponse.BodyHandlers.ofByteArray()));
    }
    for (CompletableFuture<HttpResponse<byte[]>> each : uploads) {
      assertThat(each.get(30, TimeUnit.SECONDS).statusCode()).isIn(200, 201);
    }
    assertThat(etag(get(port))).isEqualTo('"' + entry(port).getString("md5") + '"');
  }

  @Test
  void anotherProcessFindsTheSameDigestWithoutTheIndex() throws Exception {
    int port = start("**");
    upload(port, gzip("one"), "If-Match-Version", "0");
    byte[] noise = new byte[200_000];
    new SplittableRandom(6).nextBytes(noise);
    send(put(port, "/blob/large.gz", GZIP, gzip(noise, 6), "If-Match-Version", "0"));
    // As after a crash between the file and its entry.
    running.remove(0).close();
    List<Listing.Item> index =
        store.list(RunningStorage.PREFIX + "/.sync-", "", 1000).result().objects();
    index.forEach(item -> store.delete(item.key(), new WriteCondition.None()));
    assertThat(index).isNotEmpty();
    int other = start();
    assertThat(etag(get(other))).isEqualTo('"' + md5("one") + '"');
    BlobInfo large =
        running
            .get(0)
            .storage
            .head(new BlobAddress(Namespace.DEFAULT, BlobPath.parse("large.gz")))
            .await(20, TimeUnit.SECONDS);
    assertThat(large.md5()).isEqualTo(Md5.of(noise));
    for (int i = 0; i < 100 && entry(other) == null; i++) {
      Thread.sleep(100);
    }
    assertThat(entry(other).getString("md5")).isEqualTo(md5("one"));
  }
}
