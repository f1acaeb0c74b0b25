package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.StorageService;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the storage answers. One for a process, shared by all verticle instances; thread-safe.
 * Callers share one check while it runs and its result for {@value #REUSE_MILLIS} ms, so that
 * monitoring never hammers the store.
 */
public final class StorageHealth {
  static final long TIMEOUT_MILLIS = 2_000;
  static final long REUSE_MILLIS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(StorageHealth.class);
  private static final String STORAGE = "storage";

  /**
   * The outcome of a check.
   *
   * @param detail what is wrong, for the operator; empty when connected
   */
  record Health(boolean connected, boolean singleWriter, String detail) {}

  private final Vertx vertx;
  private final StorageService storage;
  private final TimeSource time;
  private final HealthChecks checks;
  private @Nullable Future<Health> latest;
  private long finishedNanos;
  private boolean wasConnected = true;

  public StorageHealth(Vertx vertx, StorageService storage, TimeSource time) {
    this.vertx = vertx;
    this.storage = storage;
    this.time = time;
    this.checks = HealthChecks.create(vertx).register(STORAGE, TIMEOUT_MILLIS, this::probe);
  }

  /** The storage's health, never failing, delivered on the caller's context. */
  Future<Health> check() {
    Context caller = vertx.getOrCreateContext();
    return OnContext.deliver(caller, current());
  }

  private synchronized Future<Health> current() {
    Future<Health> known = latest;
    if (known != null && (!known.isComplete() || isFresh())) {
      return known;
    }
    Promise<Health> promise = Promise.promise();
    latest = promise.future();
    checks
        .checkStatus(STORAGE)
        .onComplete(
            result -> {
              Throwable failure =
                  result.succeeded() ? result.result().getFailure() : result.cause();
              promise.complete(
                  finished(
                      result.succeeded() ? health(result.result()) : broken(failure), failure));
            });
    return promise.future();
  }

  private boolean isFresh() {
    return time.monotonicNanos() - finishedNanos < REUSE_MILLIS * 1_000_000;
  }

  private synchronized Health finished(Health health, @Nullable Throwable failure) {
    finishedNanos = time.monotonicNanos();
    if (health.connected() != wasConnected) {
      wasConnected = health.connected();
      if (health.connected()) {
        LOG.info("the storage answers again");
      } else {
        // What the store said is for the operator only.
        LOG.warn(
            "the storage is disconnected: {}",
            health.detail(),
            failure instanceof ProxyError error ? error.getCause() : null);
      }
    }
    return health;
  }

  private void probe(Promise<Status> promise) {
    storage
        .check()
        .onComplete(
            status ->
                promise.tryComplete(
                    Status.OK(new JsonObject().put("singleWriter", status.singleWriter()))),
            promise::tryFail);
  }

  private static Health health(CheckResult result) {
    Throwable failure = result.getFailure();
    return failure == null && result.getUp()
        ? new Health(true, result.getStatus().getData().getBoolean("singleWriter", false), "")
        : broken(failure);
  }

  private static Health broken(@Nullable Throwable failure) {
    // Only our own errors are written to be shown.
    return new Health(
        false,
        false,
        failure instanceof ProxyError error
            ? error.detail()
            : "The storage did not answer within " + TIMEOUT_MILLIS + " ms.");
  }
}
