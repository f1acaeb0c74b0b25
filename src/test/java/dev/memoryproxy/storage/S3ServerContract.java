package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3TestServer;
import io.vertx.core.Vertx;

/** The contract over {@link S3ObjectStore} on some server. */
abstract class S3ServerContract extends ObjectStoreContract {
  abstract S3TestServer server();

  @Override
  ObjectStore openStore(Vertx vertx) {
    S3TestServer server = server();
    return S3ObjectStore.open(
        vertx,
        S3Settings.withDefaults(
            server.endpoint(),
            "us-east-1",
            server.bucket(),
            server.accessKey(),
            server.secretKey()));
  }

  @Override
  boolean atomicPutIfAbsent() {
    return server().atomicPutIfAbsent();
  }

  @Override
  boolean atomicIfMatch() {
    return server().atomicIfMatch();
  }
}
