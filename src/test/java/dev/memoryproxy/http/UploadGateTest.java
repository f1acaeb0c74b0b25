package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bounds on uploads: what is beyond them is told so at once, and nothing of them is ever lost. */
class UploadGateTest {
  private static final int MAX_UPLOADS = 3;
  private static final long MAX_SPOOL = 300_000;

  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(
          2,
          settings -> settings.withBodyTimeout(Duration.ofMillis(400)),
          new UploadGate(MAX_UPLOADS, MAX_SPOOL));

  private static String head(String path, String... headers) {
    return RawClient.request("PUT", path, "", headers);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private void awaitNothingHeld() throws InterruptedException {
    await(() -> edge.uploads.uploads() == 0 && edge.uploads.spoolBytes() == 0);
    assertThat(edge.spooled()).isEmpty();
  }

  /** An upload that has been let in and whose body does not come. */
  private RawClient park(String path, int length) throws IOException {
    RawClient client = edge.connect();
    client.write(
        head(path, "Content-MD5: new", "Content-Length: " + length, "Expect: 100-continue"));
    assertThat(client.read(false).status()).isEqualTo(100);
    return client;
  }

  private static void assertOverloaded(RawResponse response) {
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.errorCode()).isEqualTo("OVERLOADED");
    assertThat(Integer.parseInt(response.header("retry-after").orElseThrow())).isPositive();
  }

  @Test
  void uploadsBeyondTheBoundAreRefusedBeforeTheirBodiesWhileAllElseIsServed() throws Exception {
    edge.storage.store("there", "old");
    List<RawClient> parked = new ArrayList<>();
    for (int i = 0; i < MAX_UPLOADS; i++) {
      parked.add(park("/blob/p" + i, 5));
    }
    long admitted = edge.storage.count("admit");
    RawClient late = edge.connect();
    late.write(head("/blob/late", "Content-MD5: new", "Content-Length: 5", "Expect: 100-continue"));
    assertOverloaded(late.read(false));
    assertOverloaded(edge.send("PUT", "/blob/late", "small", "Content-MD5: new"));
    assertThat(edge.storage.count("admit")).isEqualTo(admitted);

    assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
    assertThat(edge.send("GET", "/blob/there", "").body()).isEqualTo("old");
    assertThat(edge.send("GET", "/sync", "").status()).isEqualTo(200);
    assertThat(edge.send("DELETE", "/blob/there", "").status()).isEqualTo(204);

    parked.get(0).write("hello");
    assertThat(parked.get(0).read(false).status()).isEqualTo(201);
    await(() -> edge.uploads.uploads() < MAX_UPLOADS);
    assertThat(edge.send("PUT", "/blob/late", "small", "Content-MD5: new").status()).isEqualTo(201);
  }

  @Test
  void announcedBytesThatFindNoRoomOnDiskAreRefusedAndSmallBodiesGoOn() throws Exception {
    RawClient parked = park("/blob/first", 200_000);
    assertThat(edge.uploads.spoolBytes()).isEqualTo(200_000);
    RawClient late = edge.connect();
    late.write(
        head("/blob/late", "Content-MD5: new", "Content-Length: 100001", "Expect: 100-continue"));
    assertOverloaded(late.read(false));
    assertThat(edge.send("PUT", "/blob/small", "small", "Content-MD5: new").status())
        .isEqualTo(201);
    parked.write("x".repeat(200_000));
    assertThat(parked.read(false).status()).isEqualTo(201);
    awaitNothingHeld();
  }

  @Test
  void bytesThatWereNotAnnouncedCountAsTheyCome() throws Exception {
    RawClient parked = park("/blob/first", 200_000);
    RawClient chunked = edge.connect();
    chunked.write(head("/blob/a", "Content-MD5: new", "Transfer-Encoding: chunked"));
    String chunk = Integer.toHexString(50_000) + "\r\n" + "x".repeat(50_000) + "\r\n";
    for (int i = 0; i < 4; i++) {
      chunked.write(chunk);
    }
    assertOverloaded(chunked.read(false));
    await(() -> edge.uploads.spoolBytes() == 200_000);
    assertThat(edge.spooled()).isEmpty();
    parked.close();
    awaitNothingHeld();
  }

  @Test
  void whateverEndsAnUploadGivesItsShareBack() throws Exception {
    edge.storage.store("there", "old");
    String large = "x".repeat(100_000);
    String[][] ends = {
      {"/blob/there", "412", "Content-MD5: new", large},
      {"/blob/digest", "400", "If-Match-Version: 0\r\nContent-MD5: " + Md5.OF_NOTHING, large},
      {"/blob/fine", "201", "Content-MD5: new", large},
      {"/blob/small", "201", "Content-MD5: new", "small"},
      {"/blob/empty", "201", "Content-MD5: new", ""},
    };
    for (String[] end : ends) {
      assertThat(edge.send("PUT", end[0], end[3], end[2].split("\r\n")).status())
          .as(end[0])
          .isEqualTo(Integer.parseInt(end[1]));
      awaitNothingHeld();
    }
    RawClient stalled = park("/blob/stalled", 100_000);
    stalled.write("x".repeat(70_000));
    assertThat(stalled.read(false).status()).isEqualTo(408);
    awaitNothingHeld();
    edge.storage.before =
        call ->
            call.equals("put") ? Future.failedFuture(FakeStorage.down()) : Future.succeededFuture();
    assertThat(edge.send("PUT", "/blob/down", large, "Content-MD5: new").status()).isEqualTo(503);
    awaitNothingHeld();
    edge.storage.before =
        call ->
            call.equals("admit")
                ? Future.failedFuture(FakeStorage.down())
                : Future.succeededFuture();
    assertThat(edge.send("PUT", "/blob/down", large, "Content-MD5: new").status()).isEqualTo(503);
    awaitNothingHeld();
  }

  @Test
  void clientsThatVanishAtAnyPointGiveTheirShareBack() throws Exception {
    int[] sent = {0, 1, 10_000, 66_000, 99_999, 100_000};
    for (int round = 0; round < 60; round++) {
      RawClient client = edge.connect();
      int bytes = sent[round % sent.length];
      client.write(
          head("/blob/v" + round, "Content-MD5: new", "Content-Length: 100000")
              + "x".repeat(bytes));
      if (round % 2 == 0) {
        // A reset instead of an orderly end.
        client.socket().setSoLinger(true, 0);
      }
      client.close();
      if (round % MAX_UPLOADS == MAX_UPLOADS - 1) {
        awaitNothingHeld();
      }
    }
    // The last of them may not have been looked at yet.
    RawResponse after = edge.send("PUT", "/blob/after", "small", "Content-MD5: new");
    while (after.status() == 503) {
      after = edge.send("PUT", "/blob/after", "small", "Content-MD5: new");
    }
    assertThat(after.status()).isEqualTo(201);
    awaitNothingHeld();
  }
}
