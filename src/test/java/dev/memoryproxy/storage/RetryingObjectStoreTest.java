package dev.memoryproxy.storage;

import static dev.memoryproxy.s3server.S3Operation.DELETE;
import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static dev.memoryproxy.s3server.S3Operation.LIST;
import static dev.memoryproxy.s3server.S3Operation.PUT;
import static dev.memoryproxy.storage.ObjectStoreContract.await;
import static dev.memoryproxy.storage.ObjectStoreContract.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.storage.StoreException.Kind;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RetryingObjectStoreTest extends StrictServerFixture {
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());
  private static final WriteCondition ALWAYS = new WriteCondition.None();

  private RetryingObjectStore retrying;

  @BeforeEach
  void wrap() {
    retrying = new RetryingObjectStore(store, 4, backoff(new Random(1)), TimeSource.SYSTEM);
    await(store.put("x", bytes("content"), PLAIN, ALWAYS));
    server.counts().reset();
  }

  @Test
  void readsSurviveThreeRefusals() {
    server.inject(Fault.on(GET).times(3).answer(503));
    assertThat(await(retrying.getWhole("x", 10)).orElseThrow().bytes().toString())
        .isEqualTo("content");
    assertThat(server.counts().of(GET)).isEqualTo(4);
    server.inject(Fault.on(HEAD).times(3).answer(500));
    assertThat(await(retrying.head("x"))).isPresent();
    server.inject(Fault.on(LIST).times(3).answer(429));
    assertThat(await(retrying.list("", "", 10)).objects()).hasSize(1);
    String etag = await(store.head("x")).orElseThrow().etag();
    server.inject(Fault.on(GET).times(3).drop(Fault.Point.AFTER));
    await(retrying.getRange("x", etag, 0, 1)).orElseThrow().discard();
  }

  @Test
  void attemptsAreBounded() {
    Fault fault = server.inject(Fault.on(GET).answer(503));
    assertThat(failure(retrying.get("x")).kind()).isEqualTo(Kind.THROTTLED);
    assertThat(fault.hits()).isEqualTo(4);
    assertThat(waits).hasSize(3);
  }

  @Test
  void whatCannotPassIsNotRepeated() {
    Fault fault = server.inject(Fault.on(GET, LIST).answer(403));
    assertThat(failure(retrying.get("x")).kind()).isEqualTo(Kind.DENIED);
    assertThat(failure(retrying.list("", "", 1)).kind()).isEqualTo(Kind.DENIED);
    assertThat(fault.hits()).isEqualTo(2);
    server.remove(fault);
    assertThat(await(retrying.get("none"))).isEmpty();
    assertThat(waits).isEmpty();
  }

  @Test
  void writesAreNeverRepeated() {
    Fault fault = server.inject(Fault.on(PUT, DELETE).answer(503));
    assertThat(failure(retrying.put("x", bytes("y"), PLAIN, ALWAYS)).kind())
        .isEqualTo(Kind.THROTTLED);
    assertThat(failure(retrying.delete("x", ALWAYS)).kind()).isEqualTo(Kind.THROTTLED);
    assertThat(fault.hits()).isEqualTo(2);
  }

  @Test
  void contentThatBrokeOffIsReadAgainWhole() {
    byte[] data = new byte[1 << 20];
    await(store.put("x", new Payload.InMemory(Buffer.buffer(data)), PLAIN, ALWAYS));
    Fault fault = server.inject(Fault.on(GET).times(2).truncate(300_000));
    assertThat(await(retrying.getWhole("x", 1 << 20)).orElseThrow().bytes().length())
        .isEqualTo(1 << 20);
    assertThat(fault.hits()).isEqualTo(2);
  }

  @Test
  void waitsDoubleWithFullJitterUpToTheCap() {
    Backoff backoff = backoff(new Random(2));
    long longest = 0;
    for (int failures = 1; failures <= 60; failures++) {
      for (int i = 0; i < 50; i++) {
        waits.clear();
        await(backoff.pause(failures));
        long span = Math.min(1_000, 100L << Math.min(failures - 1, 20));
        assertThat(waits.get(0)).isBetween(Duration.ZERO, Duration.ofMillis(span));
        longest = Math.max(longest, waits.get(0).toMillis());
      }
    }
    assertThat(longest).isGreaterThan(900);
  }
}
