package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Vertx;

class MemoryObjectStoreTest extends ObjectStoreContract {
  @Override
  ObjectStore openStore(Vertx vertx) {
    return new MemoryObjectStore(TimeSource.SYSTEM);
  }
}
