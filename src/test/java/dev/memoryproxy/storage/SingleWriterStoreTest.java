package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3Modes;
import dev.memoryproxy.s3server.StrictS3Server;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The whole contract, for one process, on a server that ignores every condition. */
class SingleWriterStoreTest extends ObjectStoreContract {
  private static StrictS3Server server;

  @BeforeAll
  static void startServer() {
    server = StrictS3Server.start();
    server.modes().writes(S3Modes.Conditions.IGNORED).deletes(S3Modes.Conditions.IGNORED);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  ObjectStore openStore(Vertx vertx) {
    S3Settings settings =
        S3Settings.withDefaults(
            server.endpoint(), "us-east-1", server.bucket(), server.accessKey(), "secret");
    return new SingleWriterStore(
        S3ObjectStore.open(vertx, settings)
            .probed(new Capabilities(false, false, false, List.of())));
  }
}
