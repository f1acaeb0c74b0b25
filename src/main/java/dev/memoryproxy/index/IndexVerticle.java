package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.index.BusIndexService.Document;
import dev.memoryproxy.index.BusIndexService.Lookup;
import dev.memoryproxy.index.BusIndexService.RecordChange;
import dev.memoryproxy.index.BusIndexService.Suspect;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Serves {@link IndexService} on the event bus: the thin shell of {@link NamespaceIndex}. One
 * instance, whose context is the one thread that all namespaces live on.
 *
 * <p>The order of a write: object first, then the index, then the answer. A crash in between leaves
 * an object that the index does not list; nobody was told that it was written, and the index heals
 * itself when it is opened next, when the file is read, and daily.
 */
public final class IndexVerticle extends VerticleBase {
  private final LocalBus bus;
  private final ObjectStore store;
  private final IndexSettings settings;
  private final String prefix;
  private final Map<Namespace, Open> open = new HashMap<>();

  /**
   * @param store retries reads by itself, never writes; closed by whoever opened it
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   */
  public IndexVerticle(LocalBus bus, ObjectStore store, IndexSettings settings, String prefix) {
    this.bus = bus;
    this.store = store;
    this.settings = settings;
    this.prefix = prefix;
  }

  private record Open(NamespaceIndex index, SyncDocuments documents) {}

  @Override
  public Future<?> start() {
    return Future.join(
        List.of(
            bus.serve(Lookup.class, call -> index(call.namespace()).lookup(call.path())),
            bus.serve(RecordChange.class, call -> index(call.namespace()).record(call.change())),
            bus.serve(
                Document.class,
                call -> open(call.namespace()).documents().get(call.query(), call.coding())),
            bus.serve(
                Suspect.class,
                call -> {
                  index(call.namespace()).suspect(call.path());
                  return Future.succeededFuture();
                })));
  }

  private NamespaceIndex index(Namespace namespace) {
    return open(namespace).index();
  }

  private Open open(Namespace namespace) {
    return open.computeIfAbsent(
        namespace,
        name -> {
          IndexEnvironment environment = VertxIndexEnvironment.of(vertx, store);
          NamespaceIndex index = new NamespaceIndex(environment, settings, prefix, name);
          return new Open(index, new SyncDocuments(index, environment.offload()));
        });
  }

  /** Brings every namespace's changes and checkpoint into the store, within reason. */
  @Override
  public Future<?> stop() {
    return Future.join(open.values().stream().map(each -> each.index().close()).toList());
  }
}
