package dev.memoryproxy.storage;

import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.s3server.Fault;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gate before a real client of a bucket that complains or is slow. */
@Timeout(60)
class ThrottledBucketTest extends StrictServerFixture {
  private static final int MOST = 32;
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());

  private RequestGate gate;
  private ObjectStore gated;

  @BeforeEach
  void openGate() {
    Backoff timed =
        new Backoff(
            Duration.ofMillis(2),
            Duration.ofMillis(20),
            Duration.ofSeconds(50),
            new SplittableRandom(1),
            wait -> vertx.timer(Math.max(1, wait.toMillis())).mapEmpty());
    gate = new RequestGate(MOST, 1_000, TimeSource.SYSTEM, timed);
    gated =
        new RetryingObjectStore(new GatedObjectStore(store, gate), 1_000, timed, TimeSource.SYSTEM);
  }

  @Test
  void isAskedByFewerAtATimeUntilItIsWellAndNothingIsLost() throws Exception {
    Fault slowDown = server.inject(Fault.on(HEAD).answer(503, "SlowDown"));
    List<Future<Optional<ObjectHead>>> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      all.add(gated.head("k" + i));
    }
    while (gate.limit() > 4 || slowDown.hits() < 100) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    assertThat(gate.underWay()).isLessThanOrEqualTo(MOST);
    server.remove(slowDown);
    for (Future<Optional<ObjectHead>> each : all) {
      assertThat(each.await(30, TimeUnit.SECONDS)).isEmpty();
    }
    // Each success counts; a few rounds are enough to be back.
    while (gate.limit() < MOST) {
      gated.head("x").await(10, TimeUnit.SECONDS);
    }
    assertThat(gate.waiting()).isZero();
    assertThat(gate.underWay()).isZero();
  }

  @Test
  void healthChecksPassByDownloadsThatNobodyReads() throws Exception {
    store
        .put(
            "large",
            new Payload.InMemory(Buffer.buffer(new byte[4 << 20])),
            PLAIN,
            new WriteCondition.None())
        .await(10, TimeUnit.SECONDS);
    List<ReadStream<Buffer>> stalled = new ArrayList<>();
    int downloads = RequestGate.Lane.DOWNLOAD.most(MOST);
    for (int i = 0; i < downloads; i++) {
      ObjectContent content = gated.get("large").await(10, TimeUnit.SECONDS).orElseThrow();
      Promise<ReadStream<Buffer>> paused = Promise.promise();
      vertx
          .getOrCreateContext()
          .runOnContext(
              start -> {
                ReadStream<Buffer> stream = content.stream();
                stream.handler(
                    chunk -> {
                      stream.pause();
                      paused.tryComplete(stream);
                    });
              });
      stalled.add(paused.future().await(10, TimeUnit.SECONDS));
    }
    Future<Optional<ObjectContent>> late = gated.get("large");
    assertThat(gated.head("large").await(10, TimeUnit.SECONDS)).isPresent();
    assertThat(late.isComplete()).isFalse();
    // It looked once how large the object is.
    assertThat(server.counts().of(GET)).isBetween((long) downloads, downloads + 1L);
    assertThat(gated.getWhole("large", 4 << 20).await(10, TimeUnit.SECONDS)).isPresent();
    stalled.forEach(stream -> stream.handler(null));
    late.await(10, TimeUnit.SECONDS).orElseThrow().discard();
    while (gate.underWay() > 0) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }
}
