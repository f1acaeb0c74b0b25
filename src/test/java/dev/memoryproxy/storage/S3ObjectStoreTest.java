package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.StrictS3Server;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on the strict server. */
class S3ObjectStoreTest extends ObjectStoreContract {
  private static StrictS3Server server;

  @BeforeAll
  static void startServer() {
    server = StrictS3Server.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  ObjectStore openStore(Vertx vertx) {
    return S3ObjectStore.open(
        vertx,
        S3Settings.withDefaults(
            server.endpoint(), "us-east-1", server.bucket(), server.accessKey(), "secret"));
  }
}
