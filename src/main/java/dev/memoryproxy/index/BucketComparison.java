package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares the namespaces of a bucket with their indexes, for a command. There may be thousands, so
 * only a few are open at a time. A dry run writes nothing.
 *
 * <p>Belongs to one Vert.x context; so do all callbacks.
 */
public final class BucketComparison {
  private final IndexEnvironment environment;
  private final String storePrefix;
  private final Repair repair;
  private final NamespaceRegistry registry;
  private final Set<Namespace> registered = new HashSet<>();

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  public BucketComparison(IndexEnvironment environment, String storePrefix, Repair repair) {
    this.environment = environment;
    this.storePrefix = storePrefix;
    this.repair = repair;
    this.registry = new NamespaceRegistry(environment.store(), storePrefix);
  }

  /**
   * A namespace and how it differs.
   *
   * @param entries how many files and tombstones the index has now
   */
  public record Compared(Namespace namespace, ReindexReport report, int entries) {}

  /** Hears of each namespace once, by name. */
  public interface Listener {
    /** What was found, and done about it. */
    void compared(Compared compared);

    /** Why this one could not be compared; the others are. */
    void failed(Namespace namespace, Throwable cause);
  }

  /**
   * Compares every namespace that is registered or has an index, and the unnamed one.
   *
   * @return fails when the store is in no state to compare any further
   */
  public Future<Void> compareAll(Listener listener) {
    return registry
        .list()
        .compose(
            known -> {
              registered.addAll(known.keySet());
              return new BucketSearch(environment.store(), storePrefix).run();
            })
        .compose(
            indexed -> {
              TreeMap<String, Namespace> all = new TreeMap<>();
              all.put("", Namespace.DEFAULT);
              registered.forEach(each -> all.put(each.name(), each));
              indexed.forEach(each -> all.put(each.name(), each));
              return compareAll(all.values(), listener);
            });
  }

  private Future<Void> compareAll(Iterable<Namespace> namespaces, Listener listener) {
    // What is done ahead of its turn to be told is held, but never more than the window is wide.
    List<Future<Void>> told = new ArrayList<>(List.of(Future.succeededFuture()));
    return SlidingWindow.each(
        namespaces,
        IndexEnvironment.COMPARISONS_AT_ONCE,
        namespace -> {
          Future<Compared> compared = compareKnown(namespace);
          Future<Void> next =
              told.get(0)
                  .compose(before -> compared.transform(done -> tell(namespace, done, listener)));
          told.set(0, next);
          return next;
        });
  }

  private static Future<Void> tell(
      Namespace namespace, AsyncResult<Compared> done, Listener listener) {
    if (done.succeeded()) {
      listener.compared(done.result());
      return Future.succeededFuture();
    }
    Throwable cause = done.cause();
    Throwable origin = cause.getCause() == null ? cause : cause.getCause();
    if (origin instanceof StoreException failure && concernsAll(failure.kind())) {
      return Future.failedFuture(cause);
    }
    listener.failed(namespace, cause);
    return Future.succeededFuture();
  }

  private static boolean concernsAll(StoreException.Kind kind) {
    return switch (kind) {
      case BUSY, THROTTLED, UNREACHABLE, OVERLOADED, AMBIGUOUS, DENIED, NO_BUCKET, NO_SPACE -> true;
      case UNSUPPORTED, TOO_LARGE, DAMAGED, OTHER -> false;
    };
  }

  /** Compares one namespace; empty when there is none of this name, and nothing to make it of. */
  public Future<Optional<Compared>> compare(Namespace namespace) {
    NamespaceIndex index = open(namespace);
    return registry
        .knows(namespace)
        .compose(
            known -> {
              if (known) {
                registered.add(namespace);
              }
              return compare(index, namespace)
                  .map(
                      compared ->
                          known || namespace.isDefault() || hasSubstance(index, compared.report())
                              ? Optional.of(compared)
                              : Optional.<Compared>empty());
            })
        .eventually(() -> leave(index));
  }

  private static boolean hasSubstance(NamespaceIndex index, ReindexReport report) {
    return !index.isNew() || !report.missing().isEmpty();
  }

  private Future<Compared> compareKnown(Namespace namespace) {
    NamespaceIndex index = open(namespace);
    return compare(index, namespace).eventually(() -> leave(index));
  }

  private NamespaceIndex open(Namespace namespace) {
    return NamespaceIndex.withoutHousekeeping(environment, storePrefix, namespace);
  }

  private Future<Compared> compare(NamespaceIndex index, Namespace namespace) {
    return index
        .reindex(repair)
        .compose(
            report ->
                register(index, namespace)
                    .map(done -> new Compared(namespace, report, index.size())));
  }

  /** The list of namespaces is part of what is mended. */
  private Future<Void> register(NamespaceIndex index, Namespace namespace) {
    return repair == Repair.DRY_RUN || index.isNew() || registered.contains(namespace)
        ? Future.succeededFuture()
        : registry.put(registry.key(namespace, index.summary()));
  }

  private Future<Void> leave(NamespaceIndex index) {
    if (repair == Repair.DRY_RUN) {
      // Closing would write a checkpoint.
      index.end();
      return Future.succeededFuture();
    }
    return index.close();
  }
}
