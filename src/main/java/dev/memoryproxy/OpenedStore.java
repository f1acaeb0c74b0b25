package dev.memoryproxy;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.Capabilities;
import dev.memoryproxy.storage.ConditionProbe;
import dev.memoryproxy.storage.LocalObjectStore;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.ReadOnlyStore;
import dev.memoryproxy.storage.RetryingObjectStore;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
import dev.memoryproxy.storage.SingleWriterStore;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configured store, open and probed.
 *
 * @param store ready for use; reads retry by themselves
 * @param singleWriter whether it lacks conditional writes
 * @param name for the log
 * @param spoolDirectory where large bodies wait on their way in
 */
record OpenedStore(ObjectStore store, boolean singleWriter, String name, Path spoolDirectory) {
  private static final Logger LOG = LoggerFactory.getLogger(OpenedStore.class);
  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(60);
  private static final int READ_ATTEMPTS = 4;

  /** Opens the store; fails with {@link StartException} when the operator must mend something. */
  static Future<OpenedStore> open(Vertx vertx, ServiceConfig.Storage storage, String prefix) {
    return explained(
        storage instanceof ServiceConfig.Local local
            ? openLocal(vertx, local)
            : openS3(vertx, (ServiceConfig.S3) storage, prefix));
  }

  /** Opens the store without probing a bucket; every write fails. Fails as {@link #open} does. */
  static Future<OpenedStore> openReadOnly(Vertx vertx, ServiceConfig.Storage storage) {
    Future<OpenedStore> opened =
        storage instanceof ServiceConfig.Local local
            ? openLocal(vertx, local)
            : Future.succeededFuture(unprobed(vertx, (ServiceConfig.S3) storage));
    return explained(opened)
        .map(
            found ->
                new OpenedStore(
                    new ReadOnlyStore(found.store()),
                    found.singleWriter(),
                    found.name(),
                    found.spoolDirectory()));
  }

  private static Future<OpenedStore> explained(Future<OpenedStore> opened) {
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
    S3ObjectStore bucket = bucket(vertx, s3);
    Backoff backoff = backoff(vertx);
    return new ConditionProbe(bucket, prefix, backoff, TimeSource.SYSTEM, PROBE_PATIENCE)
        .run()
        .map(found -> opened(s3, bucket, found, backoff))
        .recover(failure -> bucket.close().transform(closed -> Future.failedFuture(failure)));
  }

  private static OpenedStore unprobed(Vertx vertx, ServiceConfig.S3 s3) {
    return new OpenedStore(
        new RetryingObjectStore(bucket(vertx, s3), READ_ATTEMPTS, backoff(vertx)),
        false,
        "bucket " + s3.bucket(),
        temporaryDirectory());
  }

  private static S3ObjectStore bucket(Vertx vertx, ServiceConfig.S3 s3) {
    return S3ObjectStore.open(
        vertx,
        S3Settings.withDefaults(
            s3.endpoint().orElse(null),
            s3.region(),
            s3.bucket(),
            s3.accessKeyId().reveal(),
            s3.secretAccessKey().reveal()));
  }

  private static Backoff backoff(Vertx vertx) {
    // Jitter needs no strong randomness, but two processes must not draw alike.
    return Backoff.of(
        new SecureRandom(), delay -> vertx.timer(Math.max(1, delay.toMillis())).mapEmpty());
  }

  private static OpenedStore opened(
      ServiceConfig.S3 s3, S3ObjectStore bucket, Capabilities found, Backoff backoff) {
    ObjectStore store = found.conditionalDeletes() ? bucket : bucket.withoutConditionalDeletes();
    if (!found.conditionalWrites()) {
      LOG.warn(
          "SINGLE-WRITER MODE: bucket {} does not honour conditional writes. Run one process only,"
              + " and stop it before each deploy: two at once would overwrite each other. Found: {}",
          s3.bucket(),
          found.findings());
      store = new SingleWriterStore(store);
    }
    return new OpenedStore(
        new RetryingObjectStore(store, READ_ATTEMPTS, backoff),
        !found.conditionalWrites(),
        "bucket " + s3.bucket(),
        temporaryDirectory());
  }

  /** One for each user, so that nobody else's directory stands in the way. */
  private static Path temporaryDirectory() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "memory-proxy-" + System.getProperty("user.name"));
  }
}
