package dev.memoryproxy;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.Capabilities;
import dev.memoryproxy.storage.ConditionProbe;
import dev.memoryproxy.storage.GatedObjectStore;
import dev.memoryproxy.storage.LocalObjectStore;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.ReadOnlyStore;
import dev.memoryproxy.storage.RetryingObjectStore;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
import dev.memoryproxy.storage.SingleWriterStore;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
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
 * @param spoolDirectory where large bodies wait on their way in, unless the settings say otherwise
 * @param patience how long a request is tried in all
 */
record OpenedStore(
    ObjectStore store, boolean singleWriter, String name, Path spoolDirectory, Duration patience) {
  private static final Logger LOG = LoggerFactory.getLogger(OpenedStore.class);
  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(60);
  private static final int READ_ATTEMPTS = 4;
  private static final Duration LOCAL_PATIENCE = Duration.ofSeconds(25);

  /** A pause of the gate holds up the health check too. */
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  /** Opens the store; fails with {@link StartException} when the operator must mend something. */
  static Future<OpenedStore> open(Vertx vertx, ServiceConfig.Storage storage, String prefix) {
    return explained(
        storage instanceof ServiceConfig.Local local
            ? openLocal(vertx, local)
            : openS3(vertx, (ServiceConfig.S3) storage, prefix));
  }

  /**
   * Opens the store for a command: a directory must be one already. Fails as {@link #open} does,
   * and with {@link MissingStoreException}.
   */
  static Future<OpenedStore> openExisting(
      Vertx vertx, ServiceConfig.Storage storage, String prefix) {
    return storage instanceof ServiceConfig.Local local
        ? existing(vertx, local)
        : open(vertx, storage, prefix);
  }

  /**
   * Opens the store for a command without probing a bucket; every write fails. Fails as {@link
   * #openExisting} does.
   */
  static Future<OpenedStore> openReadOnly(Vertx vertx, ServiceConfig.Storage storage) {
    Future<OpenedStore> opened =
        storage instanceof ServiceConfig.Local local
            ? existing(vertx, local)
            : Future.succeededFuture(unprobed(vertx, (ServiceConfig.S3) storage));
    return explained(opened)
        .map(
            found ->
                new OpenedStore(
                    new ReadOnlyStore(found.store()),
                    found.singleWriter(),
                    found.name(),
                    found.spoolDirectory(),
                    found.patience()));
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
        .map(store -> opened(local, store));
  }

  private static Future<OpenedStore> existing(Vertx vertx, ServiceConfig.Local local) {
    Future<OpenedStore> opened =
        LocalObjectStore.openExisting(vertx, local.directory(), TimeSource.SYSTEM)
            .map(store -> opened(local, store));
    return explained(
        opened.recover(
            cause ->
                Future.failedFuture(
                    cause instanceof StoreException failure
                            && failure.kind() == StoreException.Kind.NO_BUCKET
                        ? new MissingStoreException(String.valueOf(failure.getMessage()))
                        : cause)));
  }

  private static OpenedStore opened(ServiceConfig.Local local, ObjectStore store) {
    return new OpenedStore(
        store,
        false,
        "directory " + local.directory(),
        local.directory().resolve("spool"),
        LOCAL_PATIENCE);
  }

  /**
   * On a worker thread: when the SDK is first used, it loads so many classes that an event loop
   * would stand still for half a second and more. The probe uses every operation once.
   */
  private static Future<OpenedStore> openS3(Vertx vertx, ServiceConfig.S3 s3, String prefix) {
    Promise<OpenedStore> opened = Promise.promise();
    return vertx
        .deployVerticle(
            () ->
                new VerticleBase() {
                  @Override
                  public Future<?> start() {
                    return probeS3(vertx, s3, prefix).onSuccess(opened::complete);
                  }
                },
            new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER))
        .compose(vertx::undeploy)
        .compose(done -> opened.future());
  }

  private static Future<OpenedStore> probeS3(Vertx vertx, ServiceConfig.S3 s3, String prefix) {
    S3ObjectStore bucket = bucket(vertx, s3);
    Backoff backoff = backoff(vertx, s3);
    return new ConditionProbe(bucket, prefix, backoff, TimeSource.SYSTEM, PROBE_PATIENCE)
        .run()
        .map(found -> opened(s3, bucket, found, backoff))
        .recover(failure -> bucket.close().transform(closed -> Future.failedFuture(failure)));
  }

  private static OpenedStore unprobed(Vertx vertx, ServiceConfig.S3 s3) {
    Backoff backoff = backoff(vertx, s3);
    return new OpenedStore(
        retrying(gated(bucket(vertx, s3), s3, backoff), backoff),
        false,
        "bucket " + s3.bucket(),
        temporaryDirectory(),
        backoff.patience());
  }

  private static S3ObjectStore bucket(Vertx vertx, ServiceConfig.S3 s3) {
    ServiceConfig.S3Limits limits = s3.limits();
    return S3ObjectStore.open(
        vertx,
        S3Settings.withDefaults(
                s3.endpoint().orElse(null),
                s3.region(),
                s3.bucket(),
                s3.accessKeyId().reveal(),
                s3.secretAccessKey().reveal())
            .within(
                limits.connections(),
                limits.connectTimeout(),
                limits.attemptTimeout(),
                limits.callTimeout()));
  }

  private static ObjectStore gated(ObjectStore bucket, ServiceConfig.S3 s3, Backoff backoff) {
    return new GatedObjectStore(
        bucket, s3.limits().connections(), TimeSource.SYSTEM, backoff.upTo(LONGEST_PAUSE));
  }

  private static ObjectStore retrying(ObjectStore store, Backoff backoff) {
    return new RetryingObjectStore(store, READ_ATTEMPTS, backoff, TimeSource.SYSTEM);
  }

  private static Backoff backoff(Vertx vertx, ServiceConfig.S3 s3) {
    ServiceConfig.S3Limits limits = s3.limits();
    // An attempt that begins before this is up ends in time, unless its body is large.
    Duration patience = limits.callTimeout().minus(limits.attemptTimeout());
    // Jitter needs no strong randomness, but two processes must not draw alike.
    return Backoff.of(
            new SecureRandom(), delay -> vertx.timer(Math.max(1, delay.toMillis())).mapEmpty())
        .within(patience);
  }

  private static OpenedStore opened(
      ServiceConfig.S3 s3, S3ObjectStore bucket, Capabilities found, Backoff backoff) {
    ObjectStore store = gated(bucket.probed(found), s3, backoff);
    if (!found.conditionalWrites()) {
      LOG.warn(
          "SINGLE-WRITER MODE: bucket {} does not honour conditional writes. Run one process only,"
              + " and stop it before each deploy: two at once would overwrite each other. Found: {}",
          s3.bucket(),
          found.findings());
      store = new SingleWriterStore(store);
    }
    return new OpenedStore(
        retrying(store, backoff),
        !found.conditionalWrites(),
        "bucket " + s3.bucket(),
        temporaryDirectory(),
        backoff.patience());
  }

  /** One for each user, so that nobody else's directory stands in the way. */
  private static Path temporaryDirectory() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "memory-proxy-" + System.getProperty("user.name"));
  }
}
