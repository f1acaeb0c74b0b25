package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.BlobDigests;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.StoredBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Brings one entry in line with its object: the object is the truth. What looks wrong may be
 * another process's write on its way into the log, so nothing is recorded before a second look some
 * time after the first. Two healers record the same change, and the log keeps it once.
 */
final class Healer {
  private static final long LOOK_AGAIN_MILLIS = 2_000;
  private static final long GONE_AGAIN_MILLIS = 30_000;
  private static final int LOOKS = 3;

  private final IndexEnvironment environment;
  private final String root;
  private final String storePrefix;
  private final Namespace namespace;
  private final NamespaceIndex index;
  private final BlobDigests digests;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  Healer(
      IndexEnvironment environment, String storePrefix, Namespace namespace, NamespaceIndex index) {
    this.environment = environment;
    this.root = namespace.keyRoot(storePrefix);
    this.storePrefix = storePrefix;
    this.namespace = namespace;
    this.index = index;
    this.digests = new BlobDigests(environment.store());
  }

  /** What a look at one path found. */
  enum Finding {
    AGREES,
    MISSING,
    STALE,
    GONE,
    FOREIGN
  }

  String root() {
    return root;
  }

  Namespace namespace() {
    return namespace;
  }

  /** Looks, and mends what stays wrong; returns what the first look found. */
  Future<Finding> mend(String path, boolean tombstones) {
    return look(path)
        .compose(
            first ->
                first.needsNothing(tombstones)
                    ? Future.succeededFuture(first.finding())
                    : again(path, first, tombstones, LOOKS).map(done -> first.finding()));
  }

  /** Looks without touching anything. */
  Future<Finding> inspect(String path) {
    return look(path).map(Look::finding);
  }

  private Future<Void> again(String path, Look before, boolean tombstones, int left) {
    long pause = before.finding() == Finding.GONE ? GONE_AGAIN_MILLIS : LOOK_AGAIN_MILLIS;
    return pause(pause)
        .compose(waited -> index.tail(true))
        .compose(current -> look(path))
        .compose(
            now -> {
              if (now.needsNothing(tombstones)) {
                return Future.succeededFuture();
              }
              if (now.sameObject(before)) {
                return record(path, now);
              }
              return left > 0 ? again(path, now, tombstones, left - 1) : Future.succeededFuture();
            });
  }

  private Future<Void> pause(long millis) {
    Promise<Void> waited = Promise.promise();
    environment.scheduler().after(millis, waited::complete);
    return waited.future();
  }

  /** An object beside its entry, both as they are now. */
  private record Look(Optional<ObjectHead> head, Optional<IndexEntry> entry, Finding finding) {
    boolean needsNothing(boolean tombstones) {
      return finding == Finding.AGREES
          || finding == Finding.FOREIGN
          || (finding == Finding.GONE && !tombstones);
    }

    boolean sameObject(Look other) {
      if (head.isEmpty() || other.head.isEmpty()) {
        return head.isEmpty() && other.head.isEmpty();
      }
      return head.get().etag().equals(other.head.get().etag())
          && head.get().lastModified() == other.head.get().lastModified()
          && head.get().metadata().equals(other.head.get().metadata());
    }
  }

  private Future<Look> look(String path) {
    return environment
        .store()
        .head(root + path)
        .map(
            head -> {
              Optional<IndexEntry> entry =
                  Optional.ofNullable(index.state().entry(path)).map(Entry::toIndexEntry);
              return new Look(head, entry, compare(head, entry));
            });
  }

  private Finding compare(Optional<ObjectHead> head, Optional<IndexEntry> entry) {
    if (head.isEmpty()) {
      return entry.isPresent() && !entry.get().deleted() ? Finding.GONE : Finding.AGREES;
    }
    if (!belongs(head.get())) {
      return Finding.FOREIGN;
    }
    if (entry.isEmpty()) {
      // A key that no client can name is nobody's file, such as the "folders" of S3 consoles.
      return nameable(head.get().key().substring(root.length()))
          ? Finding.MISSING
          : Finding.FOREIGN;
    }
    StoredBlob blob = StoredBlob.of(head.get(), entry, environment.time().wallMillis());
    return blob.agreesWith(entry.get()) ? Finding.AGREES : Finding.STALE;
  }

  private static boolean nameable(String path) {
    try {
      BlobPath.parse(path);
      return true;
    } catch (ProxyError invalid) {
      return false;
    }
  }

  /** Whether the object is this namespace's: a claim counts only where its root fits the key. */
  private boolean belongs(ObjectHead head) {
    Map<String, String> metadata = head.metadata();
    String claimed = metadata.get("namespace");
    if (claimed == null) {
      boolean ours = metadata.get("write-id") != null;
      return namespace.isDefault() || !ours;
    }
    return claimed.equals(namespace.name())
        || !head.key().startsWith(new Namespace(claimed).keyRoot(storePrefix));
  }

  private Future<Void> record(String path, Look look) {
    BlobPath checked;
    try {
      checked = BlobPath.parse(path);
    } catch (ProxyError unnameable) {
      // An entry of the older service; no client can name it.
      return Future.succeededFuture();
    }
    if (look.head().isEmpty()) {
      return index
          .enqueue(LogRecord.of(tombstone(checked, look.entry().orElseThrow()), true))
          .mapEmpty();
    }
    StoredBlob found =
        StoredBlob.of(look.head().get(), look.entry(), environment.time().wallMillis());
    return digests
        .resolve(root + path, found)
        .compose(
            digested ->
                digested.isEmpty()
                    ? Future.succeededFuture()
                    : index
                        .enqueue(LogRecord.of(change(checked, digested.get(), look.entry()), true))
                        .mapEmpty());
  }

  private static Change change(BlobPath path, StoredBlob found, Optional<IndexEntry> entry) {
    long floor = entry.map(IndexEntry::version).orElse(0L);
    return new Change(
        path,
        found.writeId(),
        floor,
        Math.max(found.version(), floor + 1),
        Objects.requireNonNull(found.md5()),
        found.etag(),
        found.deleted() ? 0 : found.size(),
        found.lastModified(),
        found.deleted());
  }

  private Change tombstone(BlobPath path, IndexEntry entry) {
    long now = environment.time().wallMillis();
    return new Change(
        path,
        null,
        entry.version(),
        Math.max(now, entry.version() + 1),
        entry.md5(),
        Md5.OF_NOTHING,
        0,
        now,
        true);
  }
}
