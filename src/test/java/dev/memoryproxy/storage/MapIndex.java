package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.SyncDocument;
import dev.memoryproxy.index.SyncView;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** An index that is only a map, and that can be told to forget, to be overdue or to fail. */
final class MapIndex implements IndexService {
  final Map<BlobPath, IndexEntry> entries = new HashMap<>();

  /** What other processes have recorded since this one last looked. */
  final Map<BlobPath, IndexEntry> unread = new HashMap<>();

  final List<Change> recorded = new ArrayList<>();
  final List<BlobPath> suspected = new ArrayList<>();
  boolean overdue;
  boolean down;
  int looks;

  /** What a look at the log's end waits for, after the state that it finds was fixed. */
  Future<Void> look = Future.succeededFuture();

  private long indexVersion;

  @Override
  public Future<Standing> lookup(Namespace namespace, BlobPath path) {
    return Future.succeededFuture(new Standing(Optional.ofNullable(entries.get(path)), overdue));
  }

  @Override
  public Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths) {
    looks++;
    entries.putAll(unread);
    unread.clear();
    Map<BlobPath, IndexEntry> found = new HashMap<>(entries);
    found.keySet().retainAll(paths);
    return look.map(found);
  }

  @Override
  public Future<Recorded> record(Namespace namespace, Change change) {
    if (down) {
      return Future.failedFuture(
          ProxyError.unavailable(
              ProxyError.Kind.STORAGE_UNAVAILABLE, "index down", Duration.ofSeconds(1), null));
    }
    recorded.add(change);
    IndexEntry entry = change.toEntry(++indexVersion);
    entries.put(change.path(), entry);
    return Future.succeededFuture(new Recorded(entry, indexVersion));
  }

  @Override
  public Future<SyncDocument> document(
      Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {
    throw new AssertionError("nobody reads this index");
  }

  @Override
  public Future<SyncDocument> namespaces(
      Predicate<Namespace> visible, List<ContentCoding> accepted) {
    return Future.failedFuture("the storage never asks");
  }

  @Override
  public void suspect(Namespace namespace, BlobPath path) {
    suspected.add(path);
  }
}
