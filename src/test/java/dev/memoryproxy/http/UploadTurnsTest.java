package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Large bodies come in by turns; nothing else waits for that, and no turn is ever lost. */
class UploadTurnsTest {
  private static final int LARGE = 100_000;
  private static final long TURNS = 8;
  private static final Duration LONG = Duration.ofMinutes(5);

  private static EdgeServer edge(Duration patience, Duration hold) {
    return new EdgeServer(
        2,
        settings -> settings,
        new UploadGate(1_000, 1L << 30, new UploadTurns(TURNS * LARGE, patience, hold)));
  }

  private static String head(String path, int length) {
    return RawClient.request(
        "PUT", path, "", "Content-MD5: new", "Content-Length: " + length, "Expect: 100-continue");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private static void awaitNothingUnderWay(EdgeServer edge) throws InterruptedException {
    await(
        () ->
            edge.uploads.uploads() == 0
                && edge.uploads.spoolBytes() == 0
                && edge.uploads.turns().underWay() == 0
                && edge.uploads.turns().waiting() == 0);
    assertThat(edge.spooled()).isEmpty();
  }

  /** Uploads that have their turns, as many as there are, and whose bodies do not come. */
  private static List<RawClient> takeAllTurns(EdgeServer edge) throws IOException {
    List<RawClient> holders = new ArrayList<>();
    for (int i = 0; i < TURNS; i++) {
      RawClient client = edge.connect();
      client.write(head("/blob/holder" + i, LARGE));
      assertThat(client.read(false).status()).isEqualTo(100);
      holders.add(client);
    }
    return holders;
  }

  private static RawClient waitInLine(EdgeServer edge, String path) throws Exception {
    int before = edge.uploads.turns().waiting();
    RawClient client = edge.connect();
    client.write(head(path, LARGE));
    await(() -> edge.uploads.turns().waiting() == before + 1);
    return client;
  }

  private static void closeAll(List<RawClient> clients) throws IOException {
    for (RawClient client : clients) {
      client.close();
    }
  }

  private static String chunk(int length) {
    return Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n";
  }

  @Nested
  class WithPatience {
    @RegisterExtension final EdgeServer edge = edge(LONG, LONG);

    @Test
    void othersWaitUntilOneIsStoredAndThenComeInTheirOrder() throws Exception {
      List<RawClient> holders = takeAllTurns(edge);
      RawClient first = waitInLine(edge, "/blob/first");
      RawClient second = waitInLine(edge, "/blob/second");
      assertThat(first.socket().getInputStream().available()).isZero();

      Semaphore arrived = new Semaphore(0);
      Promise<Void> stored = Promise.promise();
      edge.storage.before =
          call -> {
            if (!call.equals("put")) {
              return Future.succeededFuture();
            }
            arrived.release();
            return stored.future();
          };
      holders.get(0).write("x".repeat(LARGE));
      assertThat(arrived.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
      // Received is not stored yet.
      assertThat(edge.uploads.turns().waiting()).isEqualTo(2);
      stored.complete();
      assertThat(holders.get(0).read(false).status()).isEqualTo(201);
      assertThat(first.read(false).status()).isEqualTo(100);
      assertThat(edge.uploads.turns().waiting()).isEqualTo(1);

      first.write("x".repeat(LARGE));
      assertThat(first.read(false).status()).isEqualTo(201);
      assertThat(second.read(false).status()).isEqualTo(100);
      second.write("x".repeat(LARGE));
      assertThat(second.read(false).status()).isEqualTo(201);
      closeAll(holders);
      awaitNothingUnderWay(edge);
    }

    @Test
    void smallBodiesAndEverythingElseNeedNoTurn() throws Exception {
      List<RawClient> holders = takeAllTurns(edge);
      RawClient waiting = waitInLine(edge, "/blob/waiting");
      assertThat(edge.send("PUT", "/blob/small", "small", "Content-MD5: new").status())
          .isEqualTo(201);
      assertThat(edge.send("GET", "/blob/small", "").body()).isEqualTo("small");
      assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
      // Who could not be stored anyway is told so at once.
      RawClient refused = edge.connect();
      refused.write(head("/blob/small", LARGE));
      assertThat(refused.read(false).status()).isEqualTo(412);
      closeAll(holders);
      assertThat(waiting.read(false).status()).isEqualTo(100);
      waiting.close();
      awaitNothingUnderWay(edge);
    }

    @Test
    void bodyThatTurnsOutToBeLargeWaitsToo() throws Exception {
      List<RawClient> holders = takeAllTurns(edge);
      RawClient chunked = edge.connect();
      chunked.write(
          RawClient.request(
              "PUT", "/blob/chunked", "", "Content-MD5: new", "Transfer-Encoding: chunked"));
      chunked.write(chunk(60_000));
      chunked.write(chunk(60_000) + "0\r\n\r\n");
      await(() -> edge.uploads.turns().waiting() == 1);
      assertThat(edge.spooled()).isEmpty();
      closeAll(holders);
      assertThat(chunked.read(false).status()).isEqualTo(201);
      assertThat(edge.storage.content("chunked")).hasSize(120_000);
      awaitNothingUnderWay(edge);
    }

    @Test
    void whoLeavesWhileWaitingIsPassedOver() throws Exception {
      List<RawClient> holders = takeAllTurns(edge);
      RawClient gone = waitInLine(edge, "/blob/gone");
      RawClient chunked = edge.connect();
      chunked.write(
          RawClient.request(
              "PUT", "/blob/chunked", "", "Content-MD5: new", "Transfer-Encoding: chunked"));
      chunked.write(chunk(60_000));
      chunked.write(chunk(60_000));
      await(() -> edge.uploads.turns().waiting() == 2);
      RawClient last = waitInLine(edge, "/blob/last");
      gone.close();
      chunked.close();
      holders.get(0).write("x".repeat(LARGE));
      assertThat(holders.get(0).read(false).status()).isEqualTo(201);
      assertThat(last.read(false).status()).isEqualTo(100);
      last.write("x".repeat(LARGE));
      assertThat(last.read(false).status()).isEqualTo(201);
      closeAll(holders);
      awaitNothingUnderWay(edge);
      assertThat(edge.storage.puts).hasSize(2);
    }

    /** Seeded; whatever clients do, all that stay are stored and no turn is lost. */
    @Test
    void manyThatComeAndGoLoseNoTurn() throws Exception {
      Random random = new Random(7);
      Map<String, RawClient> staying = new HashMap<>();
      for (int i = 0; i < 80; i++) {
        RawClient client = edge.connect();
        String path = "/blob/f" + i;
        int length = LARGE + random.nextInt(100_000);
        int sent = random.nextBoolean() ? length : random.nextInt(length);
        client.write(
            RawClient.request("PUT", path, "", "Content-MD5: new", "Content-Length: " + length));
        client.socket().setSendBufferSize(1 << 20);
        client.write("x".repeat(sent));
        if (sent == length) {
          staying.put(path, client);
        } else {
          client.close();
        }
      }
      for (RawClient client : staying.values()) {
        assertThat(client.read(false).status()).isEqualTo(201);
      }
      awaitNothingUnderWay(edge);
      assertThat(edge.storage.puts).hasSize(staying.size());
    }
  }

  @Nested
  class WithoutPatience {
    @RegisterExtension final EdgeServer edge = edge(Duration.ofMillis(200), LONG);

    @Test
    void whoWaitsTooLongIsToldToComeAgainAndNothingOfItIsRead() throws Exception {
      List<RawClient> holders = takeAllTurns(edge);
      RawClient waiting = waitInLine(edge, "/blob/waiting");
      RawResponse response = waiting.read(false);
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.errorCode()).isEqualTo("OVERLOADED");
      assertThat(response.header("retry-after")).isPresent();
      assertThat(edge.spooled()).isEmpty();

      RawClient chunked = edge.connect();
      chunked.write(
          RawClient.request(
              "PUT", "/blob/chunked", "", "Content-MD5: new", "Transfer-Encoding: chunked"));
      chunked.write(chunk(120_000));
      assertThat(chunked.read(false).errorCode()).isEqualTo("OVERLOADED");
      closeAll(holders);
      awaitNothingUnderWay(edge);
    }
  }

  @Nested
  class WithShortTurns {
    @RegisterExtension final EdgeServer edge = edge(LONG, Duration.ofMillis(200));

    @Test
    void slowBodiesGoOnWithoutATurnSoThatTheyHoldNobodyUp() throws Exception {
      List<RawClient> slow = takeAllTurns(edge);
      for (RawClient client : slow.subList(0, 4)) {
        client.write("x".repeat(10_000));
      }
      RawClient next = waitInLine(edge, "/blob/next");
      assertThat(next.read(false).status()).isEqualTo(100);
      next.write("x".repeat(LARGE));
      assertThat(next.read(false).status()).isEqualTo(201);
      for (int i = 0; i < slow.size(); i++) {
        slow.get(i).write("x".repeat(LARGE - (i < 4 ? 10_000 : 0)));
        assertThat(slow.get(i).read(false).status()).isEqualTo(201);
      }
      awaitNothingUnderWay(edge);
    }
  }
}
