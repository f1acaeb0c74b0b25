package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.StorageErrors;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lists the namespaces: those of the registry, with what memory knows of the open ones. A namespace
 * is listed from before its first change is acknowledged; what another process changed shows some
 * seconds later. Belongs to the indexes' thread.
 */
final class NamespaceCatalog {
  private static final long PATIENCE_MILLIS = 20_000;
  private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

  private final IndexEnvironment environment;
  private final Compression compression;
  private final OpenNamespaces open;
  private final NamespaceRegistry registry;
  private final String storePrefix;
  private boolean complete;
  private @Nullable Future<Void> discovery;
  private @Nullable Future<Map<Namespace, NamespaceSummary>> listing;
  private @Nullable Promise<Map<Namespace, NamespaceSummary>> nextListing;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  NamespaceCatalog(
      IndexEnvironment environment,
      Compression compression,
      OpenNamespaces open,
      NamespaceRegistry registry,
      String storePrefix) {
    this.environment = environment;
    this.compression = compression;
    this.open = open;
    this.registry = registry;
    this.storePrefix = storePrefix;
  }

  /**
   * The list as JSON, by name.
   *
   * @param visible which ones the caller may see; called off this thread
   * @return fails with {@link ProxyError} only: for one with {@code Retry-After} while the bucket
   *     is searched for older namespaces
   */
  Future<SyncDocument> document(Predicate<Namespace> visible, List<ContentCoding> accepted) {
    return discovered()
        .compose(all -> shared())
        .map(this::withOpen)
        .compose(all -> compression.document(() -> encode(all, visible), accepted))
        .recover(cause -> Future.failedFuture(StorageErrors.toProxyError(cause)));
  }

  private Map<Namespace, NamespaceSummary> withOpen(Map<Namespace, NamespaceSummary> registered) {
    Map<Namespace, NamespaceSummary> all = new HashMap<>(registered);
    open.summaries()
        .forEach(
            (name, summary) -> {
              if (summary.indexVersion() > 0) {
                all.merge(name, summary, NamespaceSummary::newer);
              }
            });
    return all;
  }

  /** Callers share listings that began after they arrived. */
  private Future<Map<Namespace, NamespaceSummary>> shared() {
    if (listing == null) {
      return startListing();
    }
    Promise<Map<Namespace, NamespaceSummary>> next = nextListing;
    if (next == null) {
      next = Promise.promise();
      nextListing = next;
    }
    return next.future();
  }

  private Future<Map<Namespace, NamespaceSummary>> startListing() {
    Future<Map<Namespace, NamespaceSummary>> started = registry.list();
    if (!started.isComplete()) {
      listing = started;
      started.onComplete(
          done -> {
            listing = null;
            Promise<Map<Namespace, NamespaceSummary>> next = nextListing;
            if (next != null) {
              nextListing = null;
              startListing().onComplete(next);
            }
          });
    }
    return started;
  }

  private Future<Void> discovered() {
    if (complete) {
      return Future.succeededFuture();
    }
    Future<Void> running = discovery;
    if (running == null) {
      running = discover();
      if (running.isComplete()) {
        return running;
      }
      discovery = running;
      running.onComplete(done -> discovery = null);
    }
    Promise<Void> patient = Promise.promise();
    Scheduler.Timer limit =
        environment.scheduler().after(PATIENCE_MILLIS, () -> patient.tryFail(searching()));
    running.onComplete(
        done -> {
          limit.cancel();
          if (done.succeeded()) {
            patient.tryComplete();
          } else {
            patient.tryFail(done.cause());
          }
        });
    return patient.future();
  }

  private Future<Void> discover() {
    return registry
        .isComplete()
        .compose(
            marked ->
                marked
                    ? Future.<Void>succeededFuture()
                    : new BucketDiscovery(environment, registry, storePrefix, this::read).run())
        .onSuccess(done -> complete = true);
  }

  private Future<NamespaceSummary> read(Namespace namespace) {
    return open.use(namespace, each -> each.index().tail().map(now -> each.index().summary()));
  }

  private static ProxyError searching() {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The bucket is being searched for the namespaces that are in it, which is done once and"
            + " goes on: ask again a little later.",
        RETRY_AFTER,
        null);
  }

  private static Buffer encode(Map<Namespace, NamespaceSummary> all, Predicate<Namespace> visible) {
    List<Map.Entry<Namespace, NamespaceSummary>> shown =
        all.entrySet().stream()
            .filter(each -> visible.test(each.getKey()))
            .sorted(Comparator.comparing(each -> each.getKey().name()))
            .toList();
    return Json.write(
        100 + 120 * shown.size(),
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("namespaces");
          for (Map.Entry<Namespace, NamespaceSummary> each : shown) {
            json.writeStartObject();
            json.writeStringField("name", each.getKey().name());
            json.writeNumberField("files", each.getValue().totals().files());
            json.writeNumberField("bytes", each.getValue().totals().bytes());
            json.writeNumberField("index_version", each.getValue().indexVersion());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }
}
