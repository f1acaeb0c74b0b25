package dev.memoryproxy;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.storage.LocalObjectStore;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
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
                    ? new StartException(String.valueOf(failure.getMessage()), failure)
                    : cause));
  }

  private static Future<OpenedStore> openLocal(Vertx vertx, ServiceConfig.Local local) {
    return LocalObjectStore.open(vertx, local.directory(), TimeSource.SYSTEM)
        .map(
            store ->
                new OpenedStore(
                    store,
                    false,
                    "directory " + local.directory(),
                    local.directory().resolve("spool")));
  }

  private static Future<OpenedStore> openS3(Vertx vertx, ServiceConfig.S3 s3, String prefix) {
    S3Settings settings =
        S3Settings.withDefaults(
            s3.endpoint().orElse(null),
            s3.region(),
            s3.bucket(),
            s3.accessKeyId().reveal(),
            s3.secretAccessKey().reveal());
    S3ObjectStore bucket = S3ObjectStore.open(vertx, settings);
    return Future.succeededFuture(
        new OpenedStore(bucket, false, "bucket " + s3.bucket() + prefix, temporaryDirectory()));
  }

  /** One for each user, so that nobody else's directory stands in the way. */
  private static Path temporaryDirectory() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "memory-proxy-" + System.getProperty("user.name"));
  }
}
