package dev.memoryproxy;

import dev.memoryproxy.auth.Authentication;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.http.HttpSettings;
import dev.memoryproxy.http.HttpVerticle;
import dev.memoryproxy.http.Spool;
import dev.memoryproxy.http.SpoolException;
import dev.memoryproxy.http.StorageHealth;
import dev.memoryproxy.http.UploadGate;
import dev.memoryproxy.index.Backlog;
import dev.memoryproxy.index.BusIndexService;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.IndexSettings;
import dev.memoryproxy.index.IndexVerticle;
import dev.memoryproxy.storage.BusStorageService;
import dev.memoryproxy.storage.StorageErrors;
import dev.memoryproxy.storage.StorageService;
import dev.memoryproxy.storage.StorageVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The assembled service. Verticles are deployed from the store outwards and undeployed the other
 * way: stop accepting and finish requests, stop writing, bring the index up to date, close the
 * store.
 */
final class Service {
  private static final Duration CALL_LIMIT = Duration.ofSeconds(90);
  private static final int MAX_HTTP_INSTANCES = 4;

  private final Vertx vertx;
  private final ServiceConfig config;
  private final OpenedStore store;
  private final Authentication authentication;
  private final Deque<String> deployments = new ArrayDeque<>();
  private int port;

  private Service(Vertx vertx, ServiceConfig config, OpenedStore store) {
    this.vertx = vertx;
    this.config = config;
    this.store = store;
    this.authentication = Authentication.create(vertx, config.auth(), TimeSource.SYSTEM);
  }

  /** Starts everything; completes when the service listens and its storage has answered. */
  static Future<Service> start(Vertx vertx, ServiceConfig config) {
    HeapRoom.check(
        config.index().cacheBytes(), config.reads().cacheBytes(), Runtime.getRuntime().maxMemory());
    return OpenedStore.open(vertx, config.storage(), config.storePrefix())
        .compose(
            store -> {
              Service service = new Service(vertx, config, store);
              return service.deploy().map(service);
            });
  }

  private Future<Void> deploy() {
    LocalBus bus = new LocalBus(vertx, StorageErrors::toProxyError, CALL_LIMIT);
    TimeSource time = TimeSource.SYSTEM;
    StorageService storage = new BusStorageService(bus);
    IndexService index = new BusIndexService(bus);
    String prefix = config.storePrefix();
    return vertx
        .deployVerticle(
            new IndexVerticle(
                bus, store.store(), indexSettings(), prefix, config.index().cacheBytes()))
        .onSuccess(deployments::push)
        .compose(
            deployed ->
                vertx.deployVerticle(
                    new StorageVerticle(
                        bus,
                        store.store(),
                        index,
                        prefix,
                        store.singleWriter(),
                        config.reads().cacheBytes(),
                        time,
                        store.patience(),
                        new SplittableRandom())))
        .onSuccess(deployments::push)
        .compose(deployed -> storage.check())
        .compose(answers -> deployHttp(storage, index, time));
  }

  private IndexSettings indexSettings() {
    return new IndexSettings(
        IndexSettings.DEFAULT.logRetention(),
        config.index().tombstoneRetention(),
        new Backlog(config.index().maxQueuedChanges()));
  }

  private Future<Void> deployHttp(StorageService storage, IndexService index, TimeSource time) {
    ServiceConfig.Uploads uploads = config.http().uploads();
    HttpSettings settings =
        HttpSettings.of(
                config.http().host(),
                config.http().port(),
                config.http().maxBlobBytes(),
                uploads.directory().orElse(store.spoolDirectory()))
            .withCompressedHistories(config.histories().namespaces());
    StorageHealth health = new StorageHealth(vertx, storage, time);
    Spool spool =
        new Spool(
            settings.spoolDirectory(),
            new UploadGate(uploads.maxConcurrent(), uploads.maxSpoolBytes()));
    int instances =
        Math.min(MAX_HTTP_INSTANCES, Math.max(1, Runtime.getRuntime().availableProcessors()));
    List<HttpVerticle> verticles = new ArrayList<>();
    return vertx
        .deployVerticle(
            () -> {
              HttpVerticle verticle =
                  new HttpVerticle(
                      settings,
                      storage,
                      index,
                      authentication.handler(),
                      health,
                      spool,
                      config.aliases());
              synchronized (verticles) {
                verticles.add(verticle);
              }
              return verticle;
            },
            new DeploymentOptions().setInstances(instances))
        .onSuccess(deployments::push)
        .recover(cause -> Future.failedFuture(explained(cause)))
        .map(
            deployed -> {
              port = verticles.get(0).actualPort();
              return null;
            });
  }

  private Throwable explained(Throwable cause) {
    if (cause instanceof SpoolException) {
      return new StartException(
          "Large uploads cannot wait in "
              + cause.getMessage()
              + ": set SPOOL_DIR to a directory that this process may create and write.",
          cause);
    }
    if (cause instanceof BindException) {
      return new StartException(
          "Cannot listen on "
              + config.http().host()
              + ":"
              + config.http().port()
              + " ("
              + cause.getMessage()
              + "): set HOST and PORT to an address that is free.",
          cause);
    }
    return cause;
  }

  /** Stops in order; Vert.x itself stays open, it is not this service's. */
  Future<Void> stop() {
    if (deployments.isEmpty()) {
      return authentication.close().eventually(store.store()::close);
    }
    return vertx.undeploy(deployments.pop()).eventually(this::stop);
  }

  /** The port it listens on. */
  int port() {
    return port;
  }

  /** Where it listens. */
  String url() {
    String host = config.http().host();
    return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  /** The storage, for the log. */
  String storageName() {
    return store.name();
  }
}
