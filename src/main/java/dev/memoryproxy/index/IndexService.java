package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The sync index as the rest of the service sees it. Futures fail only with {@link
 * dev.memoryproxy.blob.ProxyError}.
 */
public interface IndexService {
  /**
   * What memory knows of a path. It may admit a request but never refuse one: another process may
   * have gone on.
   */
  Future<Standing> lookup(Namespace namespace, BlobPath path);

  /**
   * What the index says of some paths after a look at the log's end that began after the call: at
   * least every change acknowledged anywhere before it. Paths that it does not know are left out.
   *
   * @param paths must not change any more
   */
  Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths);

  /**
   * Puts a change on record; completes once it is durable and kept. Fails with {@code
   * STORAGE_UNAVAILABLE} when the store cannot take it now: the change stays queued and is recorded
   * when the store is back.
   */
  Future<Recorded> record(Namespace namespace, Change change);

  /**
   * The published index, or the part that is asked for, showing at least every change acknowledged
   * before the call.
   *
   * @param accepted the codings that the client takes, best first
   */
  Future<SyncDocument> document(
      Namespace namespace, SyncView.Query query, List<ContentCoding> accepted);

  /**
   * The namespaces, with what each amounts to. One that has an acknowledged change is listed; what
   * other processes changed in it may show some seconds later.
   *
   * @param visible which ones to list; called on any thread
   */
  Future<SyncDocument> namespaces(Predicate<Namespace> visible, List<ContentCoding> accepted);

  /**
   * Somebody has seen an object that does not look like its entry. The index looks into it and
   * mends itself; returns at once.
   */
  void suspect(Namespace namespace, BlobPath path);

  /**
   * What memory knows of a path.
   *
   * @param entry empty when the path was never seen
   * @param overdue whether changes wait so long for the store that new writes must be refused
   * @param full whether so many wait that new writes must be refused
   */
  record Standing(Optional<IndexEntry> entry, boolean overdue, boolean full) {
    /** Where hardly anything waits. */
    public Standing(Optional<IndexEntry> entry, boolean overdue) {
      this(entry, overdue, false);
    }
  }

  /**
   * What became of a change.
   *
   * @param entry the change's entry when it was kept, else the path's present one
   * @param indexVersion the index version that shows it
   * @param kept whether the change is the path's state; false when another process's write got past
   *     the store under an equal ETag and was first: the writer must then look at the object, and
   *     must not tell its client that it succeeded
   */
  record Recorded(IndexEntry entry, long indexVersion, boolean kept) {
    /** A change that was kept. */
    public Recorded(IndexEntry entry, long indexVersion) {
      this(entry, indexVersion, true);
    }
  }
}
