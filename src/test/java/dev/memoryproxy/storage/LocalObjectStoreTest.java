package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectStoreTest extends ObjectStoreContract {
  private final Path dataDir;

  LocalObjectStoreTest(@TempDir Path dataDir) {
    this.dataDir = dataDir;
  }

  @Override
  ObjectStore openStore(Vertx vertx) {
    return await(LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM));
  }
}
