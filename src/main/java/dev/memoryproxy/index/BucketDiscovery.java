package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/**
 * Enters the namespaces that are older than the registry: a search finds those that have an index,
 * a look at its checkpoint tells what each amounts to.
 */
final class BucketDiscovery {
  private static final int LOOKS_AT_ONCE = 32;

  private final ObjectStore store;
  private final Offload offload;
  private final NamespaceRegistry registry;
  private final Function<Namespace, Future<NamespaceSummary>> reader;
  private final String storePrefix;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   * @param reader opens a namespace whose checkpoint says nothing
   */
  BucketDiscovery(
      IndexEnvironment environment,
      NamespaceRegistry registry,
      String storePrefix,
      Function<Namespace, Future<NamespaceSummary>> reader) {
    this.store = environment.store();
    this.offload = environment.offload();
    this.registry = registry;
    this.storePrefix = storePrefix;
    this.reader = reader;
  }

  /** Enters all and says so in the bucket; fails as the store does, then nothing is marked. */
  Future<Void> run() {
    return new BucketSearch(store, storePrefix)
        .run()
        .compose(
            found ->
                registry
                    .list()
                    .compose(
                        known ->
                            enter(
                                found.stream().filter(name -> !known.containsKey(name)).toList(),
                                0)))
        .compose(entered -> registry.markComplete());
  }

  private Future<Void> enter(List<Namespace> namespaces, int from) {
    if (from >= namespaces.size()) {
      return Future.succeededFuture();
    }
    List<Namespace> some =
        namespaces.subList(from, Math.min(namespaces.size(), from + LOOKS_AT_ONCE));
    return Future.join(some.stream().map(this::enter).toList())
        .compose(entered -> enter(namespaces, from + LOOKS_AT_ONCE));
  }

  private Future<Void> enter(Namespace namespace) {
    return new CheckpointStore(store, offload, namespace.keyRoot(storePrefix))
        .read()
        .compose(
            stored -> {
              Checkpoint checkpoint = stored.checkpoint();
              if (checkpoint != null && stored.etag() != null) {
                return Future.succeededFuture(
                    new NamespaceSummary(checkpoint.totals(), checkpoint.indexVersion()));
              }
              // Damage is dealt with, and reported, by whoever opens the namespace.
              return stored.damage() != null
                  ? Future.succeededFuture(NamespaceSummary.NEW)
                  : reader.apply(namespace).otherwise(NamespaceSummary.NEW);
            })
        .compose(summary -> registry.put(registry.key(namespace, summary)));
  }
}
