package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3TestServer;
import dev.memoryproxy.s3server.StrictS3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract on the strict server. */
class S3ObjectStoreTest extends S3ServerContract {
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
  S3TestServer server() {
    return server;
  }
}
