package dev.memoryproxy.index;

import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.index.BusIndexService.Current;
import dev.memoryproxy.index.BusIndexService.Document;
import dev.memoryproxy.index.BusIndexService.Lookup;
import dev.memoryproxy.index.BusIndexService.Namespaces;
import dev.memoryproxy.index.BusIndexService.RecordChange;
import dev.memoryproxy.index.BusIndexService.Suspect;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
  private final long cacheBytes;
  private @Nullable OpenNamespaces namespaces;

  /**
   * @param store retries reads by itself, never writes; closed by whoever opened it
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   * @param cacheBytes memory that open namespaces should take at most; they are closed, least
   *     recently used first, when they take more
   */
  public IndexVerticle(
      LocalBus bus, ObjectStore store, IndexSettings settings, String prefix, long cacheBytes) {
    this.bus = bus;
    this.store = store;
    this.settings = settings;
    this.prefix = prefix;
    this.cacheBytes = cacheBytes;
  }

  @Override
  public Future<?> start() {
    IndexEnvironment environment = VertxIndexEnvironment.of(vertx, store);
    Compression compression = new Compression(environment.offload());
    OpenNamespaces open =
        new OpenNamespaces(
            environment,
            compression,
            name -> new NamespaceIndex(environment, settings, prefix, name),
            cacheBytes);
    namespaces = open;
    NamespaceCatalog catalog =
        new NamespaceCatalog(
            environment, compression, open, new NamespaceRegistry(store, prefix), prefix);
    return Future.join(
        List.of(
            bus.serve(
                Lookup.class,
                call -> open.use(call.namespace(), name -> name.index().lookup(call.path()))),
            bus.serve(
                Current.class,
                call -> open.use(call.namespace(), name -> name.index().current(call.paths()))),
            bus.serve(
                RecordChange.class,
                call -> open.use(call.namespace(), name -> name.index().record(call.change()))),
            bus.serve(
                Document.class,
                call ->
                    open.use(
                        call.namespace(),
                        name -> name.documents().get(call.query(), call.accepted()))),
            bus.serve(Namespaces.class, call -> catalog.document(call.visible(), call.accepted())),
            bus.serve(
                Suspect.class,
                call ->
                    open.use(
                        call.namespace(),
                        name -> {
                          name.index().suspect(call.path());
                          return Future.<Void>succeededFuture();
                        }))));
  }

  /** Brings every namespace's changes and checkpoint into the store, within reason. */
  @Override
  public Future<?> stop() {
    return namespaces == null ? Future.succeededFuture() : namespaces.close();
  }
}
