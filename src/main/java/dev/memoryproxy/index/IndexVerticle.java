package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.index.BusIndexService.Document;
import dev.memoryproxy.index.BusIndexService.Lookup;
import dev.memoryproxy.index.BusIndexService.RecordChange;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.StorageErrors;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Serves {@link IndexService} on the event bus. One instance serialises all updates of the index.
 *
 * <p>The order of a write: object first, then the index, then the answer. A crash in between leaves
 * an object that the index does not list; nobody was told that it was written.
 */
public final class IndexVerticle extends VerticleBase {
  private static final Duration FLUSH_AT_STOP = Duration.ofSeconds(10);

  private final LocalBus bus;
  private final ObjectStore store;
  private final String prefix;
  private final TimeSource time;
  private final RandomGenerator random;
  private final Map<Namespace, CheckpointedIndex> open = new HashMap<>();

  /**
   * @param store retries reads by itself, never writes; closed by whoever opened it
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   * @param random for jitter only; used on this verticle's context
   */
  public IndexVerticle(
      LocalBus bus, ObjectStore store, String prefix, TimeSource time, RandomGenerator random) {
    this.bus = bus;
    this.store = store;
    this.prefix = prefix;
    this.time = time;
    this.random = random;
  }

  @Override
  public Future<?> start() {
    return Future.join(
        List.of(
            serve(Lookup.class, call -> index(call.namespace()).lookup(call.path())),
            serve(RecordChange.class, call -> index(call.namespace()).record(call.change())),
            serve(Document.class, call -> index(call.namespace()).document())));
  }

  private <C, T> Future<Void> serve(Class<C> command, Function<C, Future<T>> operation) {
    return bus.serve(
        BusIndexService.address(command),
        command,
        call ->
            operation
                .apply(call)
                .recover(cause -> Future.failedFuture(StorageErrors.toProxyError(cause))));
  }

  private CheckpointedIndex index(Namespace namespace) {
    return open.computeIfAbsent(
        namespace,
        name -> {
          Backoff.Pause pause = millis -> vertx.timer(millis).mapEmpty();
          return new CheckpointedIndex(
              store,
              name.keyRoot(prefix) + ".sync-index.json",
              time,
              pause,
              new Backoff(random, pause),
              this::offload,
              () -> UUID.randomUUID().toString());
        });
  }

  private <T> Future<T> offload(Callable<T> work) {
    return vertx.executeBlocking(work, false);
  }

  /** Waits until every queued change is in the store, within reason. */
  @Override
  public Future<?> stop() {
    return Future.any(
        Future.join(open.values().stream().map(CheckpointedIndex::flush).toList()),
        vertx.timer(FLUSH_AT_STOP.toMillis()));
  }
}
