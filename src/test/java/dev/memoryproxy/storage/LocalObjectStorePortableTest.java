package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The contract with the names that a file system gets which folds case, as on macOS or Windows. */
class LocalObjectStorePortableTest extends ObjectStoreContract {
  private final Path dataDir;

  LocalObjectStorePortableTest(@TempDir Path dataDir) {
    this.dataDir = dataDir;
  }

  @Override
  ObjectStore openStore(Vertx vertx) {
    LocalDisk folding =
        new LocalDisk() {
          @Override
          boolean needsPortableNames(Path directory) {
            return true;
          }
        };
    return await(LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM, folding));
  }
}
