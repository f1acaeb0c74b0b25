package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;

/** One process's namespaces over a store, on one thread and in manual time. */
final class IndexProcess {
  final List<String> alarms = new ArrayList<>();
  final List<Namespace> made = new ArrayList<>();
  final OpenNamespaces namespaces;
  final NamespaceCatalog catalog;
  private final ManualScheduler time;
  private final IndexEnvironment environment;
  private long version = 1_000;

  IndexProcess(ObjectStore store, ManualScheduler time, long budget) {
    this.time = time;
    this.environment =
        new IndexEnvironment(
            store,
            time,
            time,
            new SplittableRandom(7),
            new AtOnce(),
            (kind, message) -> alarms.add(kind + " " + message),
            new Turns(IndexEnvironment.COMPARISONS_AT_ONCE));
    Compression compression = new Compression(environment.offload());
    this.namespaces =
        new OpenNamespaces(
            environment,
            compression,
            name -> {
              made.add(name);
              return new NamespaceIndex(environment, IndexSettings.DEFAULT, "m", name);
            },
            budget);
    this.catalog =
        new NamespaceCatalog(
            environment, compression, namespaces, new NamespaceRegistry(store, "m"), "m");
  }

  /** An index as a command has it, or somebody who only asks it. */
  NamespaceIndex withoutHousekeeping(String namespace) {
    return NamespaceIndex.withoutHousekeeping(environment, "m", name(namespace));
  }

  /** What the command reindex does. */
  BucketComparison comparison(Repair repair) {
    return new BucketComparison(environment, "m", repair);
  }

  /** The list of namespaces that this caller sees: name, files, bytes. */
  Future<List<String>> list(Predicate<Namespace> visible) {
    return catalog
        .document(visible, List.of(ContentCoding.IDENTITY))
        .map(
            document ->
                new JsonObject(document.bytes())
                    .getJsonArray("namespaces").stream()
                        .map(JsonObject.class::cast)
                        .map(
                            n ->
                                n.getString("name")
                                    + " "
                                    + n.getLong("files")
                                    + " "
                                    + n.getLong("bytes"))
                        .toList());
  }

  List<String> list() {
    Future<List<String>> listed = list(everyone -> true);
    if (!listed.succeeded()) {
      throw new AssertionError("no list: " + listed.cause());
    }
    return listed.result();
  }

  static Namespace name(String name) {
    return Namespace.claimed(name).orElseThrow();
  }

  Future<IndexService.Standing> lookup(String namespace, String path) {
    return namespaces.use(name(namespace), open -> open.index().lookup(BlobPath.parse(path)));
  }

  /** Records the delete of a file that was not known, as if its tombstone had been written. */
  Future<IndexService.Recorded> delete(String namespace, String path) {
    Change change =
        new Change(
            BlobPath.parse(path),
            Md5.of(path.getBytes(StandardCharsets.UTF_8)),
            0,
            version++,
            Md5.OF_NOTHING,
            Md5.OF_NOTHING,
            0,
            time.wallMillis(),
            true);
    return namespaces.use(name(namespace), open -> open.index().record(change));
  }

  /** Records a new file, as if its object had been written. */
  Future<IndexService.Recorded> record(String namespace, String path) {
    byte[] content = path.getBytes(StandardCharsets.UTF_8);
    String md5 = Md5.of(content);
    Change change =
        new Change(
            BlobPath.parse(path),
            md5,
            0,
            version++,
            md5,
            md5,
            content.length,
            time.wallMillis(),
            false);
    return namespaces.use(name(namespace), open -> open.index().record(change));
  }

  Future<SyncDocument> document(String namespace) {
    return namespaces.use(
        name(namespace),
        open -> open.documents().get(SyncView.Query.ALL, List.of(ContentCoding.IDENTITY)));
  }

  Set<String> files(String namespace) {
    Future<SyncDocument> document = document(namespace);
    if (!document.succeeded()) {
      throw new AssertionError("no document: " + document.cause());
    }
    return new TreeSet<>(
        new JsonObject(document.result().bytes()).getJsonObject("files").fieldNames());
  }

  /** Names of the namespaces in memory, sorted. */
  List<String> open() {
    return namespaces.names().stream()
        .map(Namespace::name)
        .sorted(Comparator.naturalOrder())
        .toList();
  }
}
