package dev.memoryproxy;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.ConditionProbe;
import dev.memoryproxy.storage.LocalObjectStore;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.RetryingObjectStore;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
import dev.memoryproxy.storage.SingleWriterStore;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/**
 * The configured store, open and probed.
 *
 * @param store ready for use; reads retry by themselves
 * @param singleWriter whether it lacks conditional writes
 * @param name for the log
 * @param spoolDirectory where large bodies wait on their way in
 */
record OpenedStore(ObjectStore store, boolean singleWriter, String name, Path spoolDirectory) {
  /** Opens the store; fails with {@link StartException} when the operator must mend something. */
  static Future<OpenedStore> open(Vertx vertx, ServiceConfig config) {
    Future<OpenedStore> opened =
        config.storage() instanceof ServiceConfig.Local local
            ? openLocal(vertx, local)
            : openS3(vertx, (ServiceConfig.S3) config.storage(), config.storePrefix());
    return opened.recover(
        cause ->
            Future.failedFuture(
                cause instanceof StoreException failure
                    ? new StartException(failure.getMessage(), failure)
                    : cause));
  }
}
