package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UploadTest {
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withBodyTimeout(Duration.ofMillis(300)));

  private static String random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return new String(bytes, ISO_8859_1);
  }

  private static String chunked(String body, int chunk) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < body.length(); i += chunk) {
      String part = body.substring(i, Math.min(body.length(), i + chunk));
      out.append(Integer.toHexString(part.length())).append("\r\n").append(part).append("\r\n");
    }
    return out + "0\r\n\r\n";
  }

  private static String head(String... headers) {
    return RawClient.request("PUT", "/blob/a", "", headers);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 200_000, 1_000_000})
  void ofAnySizeArrivesWholeWithItsDigest(int size) throws IOException {
    String body = random(size);
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: " + size) + body);
    RawResponse response = client.read(false);

    assertThat(response.status()).isEqualTo(201);
    assertThat(edge.storage.content("a")).isEqualTo(body.getBytes(ISO_8859_1));
    assertThat(response.header("etag")).contains('"' + Md5.of(body.getBytes(ISO_8859_1)) + '"');
    assertThat(edge.storage.puts.get(0).payload())
        .isInstanceOf(size > 65_536 ? Payload.Spooled.class : Payload.InMemory.class);
    assertThat(edge.storage.puts.get(0).payload().size()).isEqualTo(size);
    assertThat(edge.spooled()).isEmpty();
  }

  /** The last piece may reach the disk before or after the end of the body is seen. */
  @Test
  void endsOnceHoweverDiskAndClientRace() throws IOException {
    for (int i = 0; i < 200; i++) {
      String body = random(66_000 + 997 * i);
      RawClient client = edge.connect();
      client.write(head("If-Match-Version: " + i, "Content-Length: " + body.length()) + body);
      assertThat(client.read(false).status()).isIn(200, 201, 412);
    }
    assertThat(edge.spooled()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_537, 1_000_000})
  void chunkedArrivesWhole(int size) throws IOException {
    String body = random(size);
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Transfer-Encoding: chunked") + chunked(body, 10_000));
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(edge.storage.puts.get(0).md5()).isEqualTo(Md5.of(body.getBytes(ISO_8859_1)));
    assertThat(edge.spooled()).isEmpty();
    assertThat(client.send("GET", "/blob/a", "").bytes().length()).isEqualTo(size);
  }

  @Test
  void overTheLimitIsRefusedBeforeTheBodyAndTheStoreAreTouched() throws IOException {
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 1000001"));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.errorCode()).isEqualTo("TOO_LARGE");
    assertThat(response.json().getString("detail")).contains("1000000");
    assertThat(response.header("connection")).contains("close");
    client.drain();
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void chunkedOverTheLimitIsRefusedMidwayAndItsSpoolFileRemoved() throws Exception {
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Transfer-Encoding: chunked"));
    String chunk = chunked(random(100_000), 100_000).replace("0\r\n\r\n", "");
    for (int i = 0; i < 9; i++) {
      client.write(chunk);
    }
    await(() -> edge.spooled().size() == 1);
    client.write(chunk);
    client.write("1\r\nx\r\n");
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.json().getString("detail")).contains("1000000");
    assertThat(edge.storage.puts).isEmpty();
    assertThat(edge.spooled()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100_000})
  void thatBreaksOffIsNotWritten(int sent) throws Exception {
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 200000") + random(sent));
    await(() -> edge.storage.count("admit") == 1);
    if (sent > 65_536) {
      await(() -> edge.spooled().size() == 1);
    }
    client.close();
    await(() -> edge.spooled().isEmpty());
    // The server has dealt with the loss once it serves a later request on the same event loop.
    assertThat(edge.send("GET", "/blob/a", "").status()).isEqualTo(404);
    assertThat(edge.storage.puts).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 100_000})
  void thatStallsIs408AndNotWritten(int sent) throws IOException {
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 200000") + random(sent));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(408);
    assertThat(response.errorCode()).isEqualTo("REQUEST_TIMEOUT");
    assertThat(response.body()).contains("for at least");
    assertThat(edge.storage.puts).isEmpty();
    assertThat(edge.spooled()).isEmpty();
    client.drain();
  }

  @Test
  void spoolFileIsThereDuringTheWriteAndGoneAfterItsFailure() throws IOException {
    edge.storage.before =
        call ->
            call.equals("put") && edge.spooled().size() == 1
                ? Future.failedFuture(FakeStorage.down())
                : Future.succeededFuture();
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 100000") + random(100_000));
    assertThat(client.read(false).status()).isEqualTo(503);
    assertThat(edge.spooled()).isEmpty();
  }

  @Test
  void digestMismatchOfASpooledBodyRemovesItsFile() throws IOException {
    RawClient client = edge.connect();
    client.write(
        head("If-Match-Version: 0", "Content-MD5: " + Md5.OF_NOTHING, "Content-Length: 100000")
            + random(100_000));
    assertThat(client.read(false).errorCode()).isEqualTo("DIGEST_MISMATCH");
    assertThat(edge.spooled()).isEmpty();
  }

  @Test
  void unusableSpoolDirectoryIs503AndSmallBodiesGoOn() throws IOException {
    try (var files = Files.list(edge.spoolDirectory())) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(edge.spoolDirectory());
    Files.createFile(edge.spoolDirectory());
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 100000") + random(100_000));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.errorCode()).isEqualTo("OVERLOADED");
    assertThat(response.header("retry-after")).isPresent();
    assertThat(edge.send("PUT", "/blob/a", "small", "Content-MD5: new").status()).isEqualTo(201);
  }

  @Test
  void continueIsSentOnlyOnceTheWriteIsAdmitted() throws Exception {
    Promise<Void> gate = Promise.promise();
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          if (call.equals("admit")) {
            asked.countDown();
            return gate.future();
          }
          return Future.succeededFuture();
        };
    RawClient client = edge.connect();
    client.write(head("Content-MD5: new", "Content-Length: 5", "Expect: 100-continue"));
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(client.socket().getInputStream().available()).isZero();
    gate.complete();
    assertThat(client.read(false).statusLine()).isEqualTo("HTTP/1.1 100 Continue");
    client.write("hello");
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(client.send("GET", "/blob/a", "").body()).isEqualTo("hello");
  }

  @Test
  void continueIsNeverSentForARefusedWrite() throws IOException {
    edge.storage.store("there", "old");
    String[][] refused = {
      {"/blob/a", "401", "Authorization: Bearer bad", "Content-MD5: new", "Content-Length: 5"},
      {"/blob/..", "400", "Content-MD5: new", "Content-Length: 5"},
      {"/blob/a", "413", "Content-MD5: new", "Content-Length: 5000000"},
      {"/blob/a", "428", "Content-Length: 5"},
      {"/blob/a", "400", "Content-MD5: garbage", "Content-Length: 5"},
      {"/blob/there", "412", "Content-MD5: new", "Content-Length: 5"},
      {"/nowhere", "404", "Content-MD5: new", "Content-Length: 5"},
    };
    for (String[] one : refused) {
      RawClient client = edge.connect();
      String[] headers = new String[one.length - 1];
      System.arraycopy(one, 2, headers, 0, one.length - 2);
      headers[one.length - 2] = "Expect: 100-continue";
      client.write(RawClient.request("PUT", one[0], "", headers));
      RawResponse response = client.read(false);
      assertThat(response.status()).as(one[0]).isEqualTo(Integer.parseInt(one[1]));
      assertThat(response.header("connection")).contains("close");
      assertThat(client.drain()).isEmpty();
    }
    assertThat(edge.storage.puts).isEmpty();
  }

  @Test
  void otherExpectationsAre417() throws IOException {
    RawResponse response = edge.send("PUT", "/blob/a", "x", "Content-MD5: new", "Expect: 200-ok");
    assertThat(response.status()).isEqualTo(417);
    assertThat(response.errorCode()).isEqualTo(ProxyError.Kind.EXPECTATION_FAILED.name());
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void refusedBodyIsReadOnlyUpToTheCourtesyAmount() throws IOException {
    RawClient client = edge.connect();
    client.socket().setSendBufferSize(8 * 1024);
    client.write(head("Content-Length: 900000") + random(10_000));
    assertThat(client.read(false).status()).isEqualTo(428);
    // It closes without having been sent the rest.
    assertThat(client.drain()).isEmpty();
    assertThat(edge.storage.calls).isEmpty();
  }
}
