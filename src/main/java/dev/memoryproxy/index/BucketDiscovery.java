package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Enters the namespaces that are older than the registry: one listing of everything finds the roots
 * that have an index, a look at its checkpoint tells what each amounts to.
 */
final class BucketDiscovery {
  private static final int PAGE = 1000;
  private static final int LOOKS_AT_ONCE = 32;
  private static final String LAST_CHARACTER = "\uDBFF\uDFFF";

  private final ObjectStore store;
  private final Offload offload;
  private final NamespaceRegistry registry;
  private final Function<Namespace, Future<NamespaceSummary>> reader;
  private final String storePrefix;
  private final String base;
  private final Set<String> roots = new TreeSet<>();

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
    this.base = Namespace.DEFAULT.keyRoot(storePrefix);
    this.reader = reader;
  }

  /** Enters all and says so in the bucket; fails as the store does, then nothing is marked. */
  Future<Void> run() {
    return list("")
        .compose(listed -> registry.list())
        .compose(
            known -> {
              List<Namespace> missing =
                  roots.stream()
                      .flatMap(name -> Namespace.claimed(name).stream())
                      .filter(name -> !known.containsKey(name))
                      .toList();
              return enter(missing, 0);
            })
        .compose(entered -> registry.markComplete());
  }

  private Future<Void> list(String startAfter) {
    return store
        .list(base, startAfter, PAGE)
        .compose(
            page -> {
              List<Listing.Item> objects = page.objects();
              objects.forEach(item -> note(item.key().substring(base.length())));
              return page.truncated()
                  ? list(next(objects.get(objects.size() - 1).key()))
                  : Future.succeededFuture();
            });
  }

  private void note(String path) {
    int at = reserved(path);
    if (at >= 0
        && (path.startsWith(LogStore.DIRECTORY, at)
            || path.substring(at).equals(CheckpointStore.NAME))) {
      roots.add(at == 0 ? "" : path.substring(0, at - 1));
    }
  }

  /** Where the first reserved name begins; -1 in a file's path. */
  private static int reserved(String path) {
    if (path.startsWith(BlobPath.RESERVED)) {
      return 0;
    }
    int slash = path.indexOf("/" + BlobPath.RESERVED);
    return slash < 0 ? -1 : slash + 1;
  }

  /** What is in a reserved directory after a page's last key is more of the same. */
  private String next(String last) {
    int at = reserved(last.substring(base.length()));
    int end = at < 0 ? -1 : last.indexOf('/', base.length() + at);
    return end < 0 ? last : last.substring(0, end + 1) + LAST_CHARACTER;
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
