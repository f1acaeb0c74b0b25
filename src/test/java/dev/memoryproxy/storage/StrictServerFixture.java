package dev.memoryproxy.storage;

import static dev.memoryproxy.storage.ObjectStoreContract.await;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.s3server.S3Modes;
import dev.memoryproxy.s3server.StrictS3Server;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A strict server and a store on it for each test, and waits that take no time. */
abstract class StrictServerFixture {
  Vertx vertx;
  StrictS3Server server;
  S3ObjectStore store;

  /** The waits that were asked for. */
  final List<Duration> waits = new CopyOnWriteArrayList<>();

  @BeforeEach
  void openStore() {
    vertx = Vertx.vertx();
    server = StrictS3Server.start();
    store =
        S3ObjectStore.open(
            vertx,
            S3Settings.withDefaults(
                server.endpoint(), "us-east-1", server.bucket(), server.accessKey(), "secret"));
  }

  @AfterEach
  void closeStore() {
    server.modes().writes(S3Modes.Conditions.HONOURED);
    await(store.close());
    server.close();
    await(vertx.close());
  }

  Backoff backoff(RandomGenerator random) {
    return new Backoff(
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(25),
        random,
        wait -> {
          waits.add(wait);
          return Future.succeededFuture();
        });
  }

  static StoreException failure(Future<?> future) {
    return catchThrowableOfType(StoreException.class, () -> await(future));
  }
}
