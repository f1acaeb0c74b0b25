package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.Alarms;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexEnvironment;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.IndexSettings;
import dev.memoryproxy.index.NamespaceIndex;
import dev.memoryproxy.index.Offload;
import dev.memoryproxy.index.Scheduler;
import dev.memoryproxy.index.SyncDocument;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.index.Turns;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.BlobWriter;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.StorageMutations;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** One process that serves any number of namespaces of a bucket, in virtual time. */
final class NamespacedNode {
  static final String PREFIX = "m";

  private final World world;
  private final IndexEnvironment environment;
  private final Map<Namespace, NamespaceIndex> open = new HashMap<>();
  final List<Alarms.Kind> alarms = new ArrayList<>();
  final BlobWriter writer;
  final Function<BlobAddress, Future<OpenBlob>> opener;

  /**
   * @param ruthless whether reads and writes ignore whose a file is
   */
  NamespacedNode(World world, ObjectStore store, boolean ruthless) {
    this.world = world;
    Clock clock = new Clock();
    Scheduler scheduler =
        (millis, task) -> {
          boolean[] cancelled = new boolean[1];
          world.afterMillis(
              millis,
              () -> {
                if (!cancelled[0]) {
                  task.run();
                }
              });
          return () -> cancelled[0] = true;
        };
    environment =
        new IndexEnvironment(
            store,
            clock,
            scheduler,
            world.random,
            new Elsewhere(),
            (kind, m) -> alarms.add(kind),
            new Turns(IndexEnvironment.COMPARISONS_AT_ONCE));
    IndexService service = new Service();
    Backoff backoff =
        Backoff.of(
            world.random,
            delay -> {
              Promise<Void> waited = Promise.promise();
              scheduler.after(Math.max(1, delay.toMillis()), waited::complete);
              return waited.future();
            });
    Supplier<String> writeIds =
        () -> "%016x%016x".formatted(world.random.nextLong(), world.random.nextLong());
    writer =
        ruthless
            ? StorageMutations.ruthlessWriter(store, service, PREFIX, clock, backoff, writeIds)
            : StorageMutations.writer(store, service, PREFIX, clock, backoff, writeIds, false);
    opener = StorageMutations.opener(store, service, PREFIX, clock, ruthless);
  }

  NamespaceIndex index(Namespace namespace) {
    return open.computeIfAbsent(
        namespace, name -> new NamespaceIndex(environment, IndexSettings.DEFAULT, PREFIX, name));
  }

  /** What a client of the namespace sees. */
  Future<JsonObject> files(Namespace namespace) {
    NamespaceIndex index = index(namespace);
    return index
        .tail()
        .compose(current -> index.view().encode(SyncView.Query.ALL))
        .map(document -> new JsonObject(document).getJsonObject("files"));
  }

  private final class Clock implements TimeSource {
    @Override
    public long wallMillis() {
      return world.nowMillis();
    }

    @Override
    public long monotonicNanos() {
      return world.nowMicros() * 1000;
    }
  }

  private static final class Elsewhere implements Offload {
    @Override
    public <T> Future<T> run(java.util.concurrent.Callable<T> work) {
      try {
        return Future.succeededFuture(work.call());
      } catch (Exception e) {
        return Future.failedFuture(e);
      }
    }
  }

  private final class Service implements IndexService {
    @Override
    public Future<Standing> lookup(Namespace namespace, BlobPath path) {
      return index(namespace).lookup(path);
    }

    @Override
    public Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths) {
      return index(namespace).current(paths);
    }

    @Override
    public Future<Recorded> record(Namespace namespace, Change change) {
      return index(namespace).record(change);
    }

    @Override
    public Future<SyncDocument> document(
        Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {
      throw new AssertionError("these clients read the view");
    }

    @Override
    public Future<SyncDocument> namespaces(
        Predicate<Namespace> visible, List<ContentCoding> accepted) {
      throw new AssertionError("these clients know their namespaces");
    }

    @Override
    public void suspect(Namespace namespace, BlobPath path) {
      index(namespace).suspect(path);
    }
  }
}
