package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.BlobDigests;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.OwnerLookup;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.StoredBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Brings entries in line with their objects: the object is the truth. What looks wrong may be
 * another process's write on its way into the log, so nothing is recorded before a second look some
 * time after the first. Two healers record the same change, and the log keeps it once.
 *
 * <p>One pause serves all paths that are looked at together. A listing counts as the first look at
 * an object that it shows to differ; it never does for one that is gone.
 */
final class Healer {
  private static final long LOOK_AGAIN_MILLIS = 2_000;
  private static final long GONE_AGAIN_MILLIS = 30_000;
  private static final int LOOKS = 3;
  private static final int LOOKS_AT_ONCE = 64;
  private static final int RECORDED_AT_ONCE = 1000;
  private static final int READ_AT_ONCE_BYTES = 64 * 1024;

  private final IndexEnvironment environment;
  private final String root;
  private final Namespace namespace;
  private final NamespaceIndex index;
  private final BlobDigests digests;
  private final OwnerLookup owners;
  private boolean bodiesNeeded;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  Healer(
      IndexEnvironment environment, String storePrefix, Namespace namespace, NamespaceIndex index) {
    this.environment = environment;
    this.root = namespace.keyRoot(storePrefix);
    this.namespace = namespace;
    this.index = index;
    this.digests = new BlobDigests(environment.store());
    this.owners =
        new OwnerLookup(
            environment.store(), storePrefix, new Neighbours(environment, storePrefix)::lists);
  }

  /** What a look at one path found. */
  enum Finding {
    AGREES,
    MISSING,
    STALE,
    GONE,
    /** Another namespace's, or nobody's, and not listed. */
    FOREIGN,
    /** Another namespace's, but listed: the entry becomes a tombstone. */
    DISOWNED
  }

  String root() {
    return root;
  }

  Namespace namespace() {
    return namespace;
  }

  /**
   * Looks at all of them, and mends what stays wrong, many with one log object.
   *
   * @param tombstones whether a file whose object is gone becomes a tombstone
   * @param turn the caller's, which ends with the first look: nobody waits for pauses
   * @return what the first look at each path found, where something is to be said
   */
  Future<Map<String, Finding>> mend(List<Doubtful> paths, boolean tombstones, Turns.Turn turn) {
    Map<String, Finding> found = new HashMap<>();
    Round first = new Round(found, tombstones);
    List<Doubtful> unseen = new ArrayList<>();
    for (Doubtful each : paths) {
      (each.seen() == null ? unseen : first.soon).add(each);
    }
    return lookAtAll(unseen, first)
        .onComplete(looked -> turn.end())
        .compose(looked -> again(first, LOOKS))
        .map(done -> found);
  }

  /** Looks without touching anything. */
  Future<Map<String, Finding>> inspect(List<Doubtful> paths) {
    Map<String, Finding> found = new HashMap<>();
    owners.beginPass();
    return SlidingWindow.each(
            paths,
            LOOKS_AT_ONCE,
            each ->
                head(each.path())
                    .map(
                        look -> {
                          look.note(found, each.path());
                          return null;
                        }))
        .map(done -> found);
  }

  /** What one pass over the doubtful paths leaves to be looked at again, and found altogether. */
  private static final class Round {
    private final Map<String, Finding> found;
    private final boolean tombstones;
    private final List<Doubtful> soon = new ArrayList<>();
    private final List<Doubtful> gone = new ArrayList<>();

    private Round(Map<String, Finding> found, boolean tombstones) {
      this.found = found;
      this.tombstones = tombstones;
    }
  }

  private Future<Void> again(Round before, int left) {
    return again(before.soon, LOOK_AGAIN_MILLIS, before, left)
        .compose(done -> again(before.gone, GONE_AGAIN_MILLIS, before, left));
  }

  private Future<Void> again(List<Doubtful> paths, long pause, Round before, int left) {
    if (paths.isEmpty()) {
      return Future.succeededFuture();
    }
    Round now = new Round(before.found, before.tombstones);
    return pause(pause)
        .compose(waited -> environment.comparisons().take(index.mustHeal()))
        .compose(
            turn ->
                index
                    .tail(true)
                    .compose(current -> lookAtAll(paths, now))
                    .onComplete(looked -> turn.end()))
        .compose(looked -> left > 0 ? again(now, left - 1) : Future.succeededFuture());
  }

  private Future<Void> pause(long millis) {
    Promise<Void> waited = Promise.promise();
    environment.scheduler().after(millis, waited::complete);
    return waited.future();
  }

  private Future<Void> lookAtAll(List<Doubtful> paths, Round round) {
    return lookAtSlices(paths, 0, round, Future.succeededFuture());
  }

  /** While one slice is looked at, what the one before it found is on its way into the log. */
  private Future<Void> lookAtSlices(
      List<Doubtful> paths, int from, Round round, Future<Void> recording) {
    if (from >= paths.size()) {
      return recording;
    }
    List<Doubtful> slice = paths.subList(from, Math.min(paths.size(), from + RECORDED_AT_ONCE));
    List<LogRecord> records = new ArrayList<>();
    owners.beginPass();
    return SlidingWindow.each(slice, LOOKS_AT_ONCE, each -> lookAt(each, round, records))
        .compose(looked -> recording)
        .compose(
            recorded ->
                lookAtSlices(paths, from + RECORDED_AT_ONCE, round, index.enqueueAll(records)));
  }

  private Future<Void> lookAt(Doubtful doubtful, Round round, List<LogRecord> records) {
    return look(doubtful)
        .compose(
            now -> {
              now.note(round.found, doubtful.path());
              if (now.needsNothing(round.tombstones)) {
                return Future.succeededFuture();
              }
              Doubtful.Seen seen = Doubtful.Seen.of(now.head());
              if (doubtful.seen() != null && seen.sameAs(doubtful.seen())) {
                return record(doubtful.path(), now).map(made -> addTo(records, made));
              }
              (now.finding() == Finding.GONE ? round.gone : round.soon)
                  .add(new Doubtful(doubtful.path(), seen));
              return Future.succeededFuture();
            });
  }

  private static @Nullable Void addTo(List<LogRecord> records, Optional<LogRecord> made) {
    made.ifPresent(records::add);
    return null;
  }

  /** An object beside its entry, both as they are now. */
  private record Look(Optional<ObjectHead> head, Optional<IndexEntry> entry, Finding finding) {
    boolean needsNothing(boolean tombstones) {
      return finding == Finding.AGREES
          || finding == Finding.FOREIGN
          || (finding == Finding.GONE && !tombstones);
    }

    void note(Map<String, Finding> found, String path) {
      if (finding != Finding.AGREES) {
        found.putIfAbsent(path, finding);
      }
    }
  }

  private Future<Look> look(Doubtful doubtful) {
    Doubtful.Seen seen = doubtful.seen();
    boolean small =
        seen != null && seen.listed() && seen.size() > 0 && seen.size() <= READ_AT_ONCE_BYTES;
    return bodiesNeeded && small && index.state().entry(doubtful.path()) == null
        ? read(doubtful.path())
        : head(doubtful.path());
  }

  private Future<Look> head(String path) {
    return environment.store().head(root + path).compose(head -> look(path, head));
  }

  /** One request instead of two where the last such object did not say its digest. */
  private Future<Look> read(String path) {
    return environment
        .store()
        .getWhole(root + path, READ_AT_ONCE_BYTES)
        .compose(
            found -> {
              found.ifPresent(object -> digests.learn(root + path, object));
              return look(path, found.map(ObjectStore.WholeObject::head));
            })
        .recover(
            failure ->
                failure instanceof StoreException e && e.kind() == StoreException.Kind.TOO_LARGE
                    ? head(path)
                    : Future.failedFuture(failure));
  }

  private Future<Look> look(String path, Optional<ObjectHead> head) {
    Optional<IndexEntry> entry =
        Optional.ofNullable(index.state().entry(path)).map(Entry::toIndexEntry);
    return find(path, head, entry).map(finding -> new Look(head, entry, finding));
  }

  private Future<Finding> find(String path, Optional<ObjectHead> head, Optional<IndexEntry> entry) {
    boolean listed = entry.filter(known -> !known.deleted()).isPresent();
    if (head.isEmpty()) {
      return Future.succeededFuture(listed ? Finding.GONE : Finding.AGREES);
    }
    // A key that no client can name is nobody's file, such as the "folders" of S3 consoles.
    if (entry.isEmpty() && !nameable(path)) {
      return Future.succeededFuture(Finding.FOREIGN);
    }
    return owners
        .otherOwner(namespace, listed, head.get())
        .map(
            other -> {
              if (other.isPresent()) {
                return listed ? Finding.DISOWNED : Finding.FOREIGN;
              }
              return compare(head.get(), entry);
            });
  }

  private Finding compare(ObjectHead head, Optional<IndexEntry> entry) {
    if (entry.isEmpty()) {
      return Finding.MISSING;
    }
    StoredBlob blob = StoredBlob.of(head, entry, environment.time().wallMillis());
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

  /** What belongs into the log; nothing when no client can name the path or the object changes. */
  private Future<Optional<LogRecord>> record(String path, Look look) {
    BlobPath checked;
    try {
      checked = BlobPath.parse(path);
    } catch (ProxyError unnameable) {
      // An entry of the older service; no client can name it.
      return Future.succeededFuture(Optional.empty());
    }
    if (look.head().isEmpty() || look.finding() == Finding.DISOWNED) {
      Change gone = tombstone(checked, look.entry().orElseThrow());
      return Future.succeededFuture(Optional.of(LogRecord.of(gone, true)));
    }
    StoredBlob found =
        StoredBlob.of(look.head().get(), look.entry(), environment.time().wallMillis());
    bodiesNeeded = found.md5() == null;
    return digests
        .resolve(root + path, found)
        .map(
            digested ->
                digested.map(blob -> LogRecord.of(change(checked, blob, look.entry()), true)));
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
