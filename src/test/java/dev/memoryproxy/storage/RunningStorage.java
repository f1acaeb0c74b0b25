package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.index.BusIndexService;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.IndexSettings;
import dev.memoryproxy.index.IndexVerticle;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The storage and index verticles of one process, over a store that others may share. */
public final class RunningStorage implements AutoCloseable {
  public static final String PREFIX = "memory";

  public final Vertx vertx = Vertx.vertx();
  public final StorageService storage;
  public final IndexService index;

  public RunningStorage(ObjectStore store) throws Exception {
    LocalBus bus = new LocalBus(vertx, StorageErrors::toProxyError, Duration.ofSeconds(60));
    storage = new BusStorageService(bus);
    index = new BusIndexService(bus);
    vertx
        .deployVerticle(new IndexVerticle(bus, store, IndexSettings.DEFAULT, PREFIX, 64 << 20))
        .compose(
            deployed ->
                vertx.deployVerticle(
                    new StorageVerticle(
                        bus,
                        store,
                        index,
                        PREFIX,
                        false,
                        1 << 20,
                        TimeSource.SYSTEM,
                        Duration.ofSeconds(20),
                        new SplittableRandom(1))))
        .await(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    try {
      vertx.close().await(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the verticles do not stop", e);
    }
  }
}
