package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.IndexService.Standing;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes and deletes files: one conditional PUT to the store, then the index.
 *
 * <ol>
 *   <li>The index in memory may admit a write and name the state it replaces. A refusal, and every
 *       predecessor whose ETag is the MD5 of nothing, is looked up in the store first: all empty
 *       files and tombstones share that ETag, so it identifies no state.
 *   <li>Where there is no object, the index as it is then may still list the file or its tombstone,
 *       and a condition on that holds: a write brings the file back, a delete leaves a tombstone.
 *   <li>The store decides: {@code If-None-Match: *} where nothing was, {@code If-Match} on the
 *       predecessor's ETag, its tombstone included.
 *   <li>After a refusal or an unknown outcome the object tells by its write-id whether this write
 *       won. A repetition keeps write-id and version, so that it can only ever take effect once.
 *   <li>The index records the change before anybody is told that it happened.
 * </ol>
 *
 * <p>A crash between 3 and 5 leaves an object that the index does not list yet.
 *
 * <p>Not thread-safe: it belongs to one verticle's context. Futures fail with {@link ProxyError} or
 * {@link StoreException}.
 */
public final class BlobWriter {
  private static final int ROUNDS = 6;

  private final ObjectStore store;
  private final IndexService index;
  private final String prefix;
  private final TimeSource time;
  private final Backoff backoff;
  private final Supplier<String> writeIds;
  private final BlobDigests digests;
  private final OwnerLookup owners;
  private final boolean trustsEmptyEtags;
  private final PathLocks locks = new PathLocks();

  /**
   * @param store retries reads by itself, never writes
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   * @param writeIds unique printable ASCII names, one for each write
   */
  public BlobWriter(
      ObjectStore store,
      IndexService index,
      String prefix,
      TimeSource time,
      Backoff backoff,
      Supplier<String> writeIds) {
    this(
        store, index, prefix, time, backoff, writeIds, OwnerLookup.of(store, prefix, index), false);
  }

  /**
   * @param trustsEmptyEtags breaks the rule that the ETag of nothing identifies no state; tests
   *     show by it that the rule is needed
   */
  BlobWriter(
      ObjectStore store,
      IndexService index,
      String prefix,
      TimeSource time,
      Backoff backoff,
      Supplier<String> writeIds,
      OwnerLookup owners,
      boolean trustsEmptyEtags) {
    this.owners = owners;
    this.trustsEmptyEtags = trustsEmptyEtags;
    this.store = store;
    this.index = index;
    this.prefix = prefix;
    this.time = time;
    this.backoff = backoff;
    this.writeIds = writeIds;
    this.digests = new BlobDigests(store);
  }

  /** Refuses what cannot succeed, before a body is read; success promises nothing. */
  public Future<Void> admit(
      BlobAddress address, Precondition precondition, Announcement announced) {
    return standing(address)
        .compose(
            standing -> {
              if (admitted(precondition, standing.entry())) {
                return Future.succeededFuture();
              }
              return look(address, standing.entry(), precondition)
                  .compose(
                      state ->
                          state.filter(announced::mayRepeat).isPresent()
                              ? Future.succeededFuture()
                              : WriteRefusal.of(precondition, state)
                                  .map(
                                      refusal -> admitListed(address, precondition, state, refusal))
                                  .orElseGet(Future::succeededFuture));
            });
  }

  private Future<Void> admitListed(
      BlobAddress address,
      Precondition precondition,
      Optional<StoredBlob> state,
      ProxyError refusal) {
    return state.isPresent()
        ? Future.failedFuture(refusal)
        : listed(address)
            .compose(
                entry ->
                    admitted(precondition, entry)
                        ? Future.succeededFuture()
                        : Future.failedFuture(refusal));
  }

  /** What the index says now; asked only where no object tells. */
  private Future<Optional<IndexEntry>> listed(BlobAddress address) {
    return index
        .current(address.namespace(), Set.of(address.path()))
        .map(found -> Optional.ofNullable(found.get(address.path())));
  }

  private static boolean admitted(Precondition precondition, Optional<IndexEntry> entry) {
    return entry
        .map(e -> precondition.admits(true, e.deleted(), e.md5(), e.version()))
        .orElseGet(() -> precondition.admits(false, false, "", 0));
  }

  /** Writes a file. */
  public Future<Written> put(PutCommand command) {
    return change(WriteIntent.of(command));
  }

  /** Leaves a tombstone; {@code NOT_FOUND} when there is no live file. */
  public Future<Written> delete(BlobAddress address, Precondition precondition) {
    return change(WriteIntent.deletion(address, precondition));
  }

  private Future<Written> change(WriteIntent intent) {
    return locks.run(
        intent.address().key(prefix),
        () ->
            standing(intent.address())
                .compose(
                    standing -> {
                      Progress progress = new Progress(standing.entry(), time.monotonicNanos(), 0);
                      return memorySuffices(intent, standing.entry())
                          ? write(intent, progress, standing.entry().map(BlobWriter::remembered))
                          : lookAndWrite(intent, progress);
                    }));
  }

  private Future<Standing> standing(BlobAddress address) {
    return Future.succeededFuture(address)
        // Too long a name is refused before anything else is done about it.
        .map(named -> named.key(prefix))
        .compose(key -> index.lookup(address.namespace(), address.path()))
        .compose(BlobWriter::takesChanges);
  }

  private static Future<Standing> takesChanges(Standing standing) {
    if (standing.overdue()) {
      return Future.failedFuture(
          ProxyError.unavailable(
              ProxyError.Kind.STORAGE_UNAVAILABLE,
              "The storage does not take changes at the moment: try again.",
              Duration.ofSeconds(5),
              null));
    }
    if (standing.full()) {
      return Future.failedFuture(
          ProxyError.unavailable(
              ProxyError.Kind.OVERLOADED,
              "Too many changes wait for the storage: try again in a moment.",
              Duration.ofSeconds(2),
              null));
    }
    return Future.succeededFuture(standing);
  }

  /** Whether the write may go to the store on the word of the index in memory. */
  private boolean memorySuffices(WriteIntent intent, Optional<IndexEntry> known) {
    if (known.isEmpty()) {
      return !intent.delete()
          && (intent.precondition() instanceof Precondition.IfAbsent
              || intent.precondition() instanceof Precondition.None);
    }
    IndexEntry entry = known.get();
    // What this service did not write carries no owner's mark: another namespace may list it, too.
    return entry.writeId() != null
        && (trustsEmptyEtags || !entry.etag().equals(Md5.OF_NOTHING))
        && (trustsEmptyEtags || !entry.deleted())
        && !(intent.delete() && entry.deleted())
        && admitted(intent.precondition(), known)
        // Equal content may need no write at all; only the object knows its content type.
        && !entry.md5().equals(intent.md5());
  }

  private static StoredBlob remembered(IndexEntry entry) {
    return new StoredBlob(
        entry.etag(),
        entry.md5(),
        entry.size(),
        entry.version(),
        entry.writeId(),
        entry.deleted(),
        entry.lastModified(),
        StoredBlob.DEFAULT_CONTENT_TYPE);
  }

  private Future<Written> lookAndWrite(WriteIntent intent, Progress progress) {
    return look(intent.address(), progress.entry(), intent.precondition())
        .compose(state -> judge(intent, progress, state));
  }

  private Future<Optional<StoredBlob>> look(
      BlobAddress address, Optional<IndexEntry> entry, Precondition precondition) {
    return store
        .head(address.key(prefix))
        .compose(
            head ->
                head.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : refuseOthers(address, entry, head.get())
                        .compose(ours -> describe(address, entry, precondition, head.get())));
  }

  /** Fails with {@code CONFLICT} when the object, or tombstone, is another namespace's. */
  private Future<Void> refuseOthers(
      BlobAddress address, Optional<IndexEntry> entry, ObjectHead head) {
    boolean listed = entry.filter(e -> !e.deleted()).isPresent();
    return owners
        .otherOwner(address.namespace(), listed, head)
        .compose(
            other -> {
              if (other.isPresent() && listed) {
                index.suspect(address.namespace(), address.path());
              }
              return other
                  .<Future<Void>>map(
                      owner -> Future.failedFuture(Ownership.conflict(address, owner)))
                  .orElseGet(Future::succeededFuture);
            });
  }

  private Future<Optional<StoredBlob>> describe(
      BlobAddress address, Optional<IndexEntry> entry, Precondition precondition, ObjectHead head) {
    StoredBlob state = StoredBlob.of(head, entry, time.wallMillis());
    if (!(entry.isPresent() && state.agreesWith(entry.get()))) {
      index.suspect(address.namespace(), address.path());
    }
    boolean digestMatters = precondition instanceof Precondition.IfMd5;
    return digestMatters
        ? digests.resolve(address.key(prefix), state)
        : Future.succeededFuture(Optional.of(state));
  }

  /** Goes on from what the store has shown. */
  private Future<Written> judge(WriteIntent intent, Progress progress, Optional<StoredBlob> state) {
    boolean nothingToDelete = intent.delete() && state.filter(blob -> !blob.deleted()).isEmpty();
    Optional<ProxyError> refusal = WriteRefusal.of(intent.precondition(), state);
    if (state.isEmpty() && (nothingToDelete || refusal.isPresent())) {
      return judgeListed(intent, progress, refusal);
    }
    if (nothingToDelete) {
      return BlobReader.absent(intent.address());
    }
    if (refusal.isPresent()) {
      return state.filter(intent.announcement()::mayRepeat).isPresent()
          ? repeated(intent, progress, state.get(), refusal.get())
          : Future.failedFuture(refusal.get());
    }
    if (state.isPresent() && intent.equalTo(state.get())) {
      return unchanged(intent, progress, state.get());
    }
    return write(intent, progress, state);
  }

  /**
   * Goes on where there is no object: somebody may have removed it behind the index's back. What
   * the index lists is what the client has seen and cannot get rid of otherwise. The store takes
   * the write only while there still is no object, the log only while the entry is this one.
   */
  private Future<Written> judgeListed(
      WriteIntent intent, Progress progress, Optional<ProxyError> refusal) {
    return listed(intent.address())
        .compose(
            entry -> {
              boolean replaceable =
                  entry.filter(e -> !(intent.delete() && e.deleted())).isPresent();
              if (replaceable && admitted(intent.precondition(), entry)) {
                return write(
                    intent, progress.knowing(entry), entry.map(BlobWriter::remembered), true);
              }
              return intent.delete()
                  ? BlobReader.absent(intent.address())
                  : Future.failedFuture(refusal.orElseThrow());
            });
  }

  /** A write that comes too late, but may only repeat what its client has written already. */
  private Future<Written> repeated(
      WriteIntent intent, Progress progress, StoredBlob state, ProxyError refusal) {
    return digests
        .resolve(intent.address().key(prefix), state)
        .compose(
            digested ->
                digested.isEmpty()
                    ? again(intent, progress)
                    : digested.filter(intent.announcement()::mayRepeat).isPresent()
                        ? unchanged(intent, progress, digested.get())
                        : Future.failedFuture(refusal));
  }

  private Future<Written> unchanged(WriteIntent intent, Progress progress, StoredBlob state) {
    Optional<IndexEntry> listed =
        progress
            .entry()
            .filter(
                e ->
                    e.version() == state.version() && Objects.equals(e.writeId(), state.writeId()));
    if (listed.isPresent()) {
      return Future.succeededFuture(
          new Written(intent.address(), false, false, listed.get(), listed.get().indexVersion()));
    }
    // The write that made this state may not be on record, and may yet turn out to have lost: only
    // a write of our own can be acknowledged.
    return write(intent, progress, Optional.of(state));
  }

  private Future<Written> write(
      WriteIntent intent, Progress progress, Optional<StoredBlob> predecessor) {
    return write(intent, progress, predecessor, false);
  }

  /**
   * @param vanished whether only the index shows the predecessor
   */
  private Future<Written> write(
      WriteIntent intent, Progress progress, Optional<StoredBlob> predecessor, boolean vanished) {
    if (intent.delete() && predecessor.isPresent() && predecessor.get().md5() == null) {
      return digests
          .resolve(intent.address().key(prefix), predecessor.get())
          .compose(
              digested ->
                  digested.isPresent()
                      ? write(intent, progress, digested)
                      : again(intent, progress));
    }
    long floor =
        Math.max(
            progress.entry().map(IndexEntry::version).orElse(0L),
            predecessor.map(StoredBlob::version).orElse(0L));
    long now = time.wallMillis();
    String md5 = intent.delete() ? predecessor.map(StoredBlob::md5).orElse("") : intent.md5();
    return attempt(
        new WriteAttempt(
            intent,
            predecessor.orElse(null),
            vanished,
            writeIds.get(),
            floor,
            Math.max(now, floor + 1),
            Objects.requireNonNull(md5),
            now),
        progress);
  }

  private Future<Written> attempt(WriteAttempt attempt, Progress progress) {
    return store
        .put(
            attempt.intent().address().key(prefix),
            attempt.intent().payload(),
            attempt.attributes(),
            attempt.condition())
        .compose(
            result ->
                result.status() == PutResult.Status.STORED
                    ? commit(attempt, result.etag())
                    : settle(attempt, progress, null),
            failure -> {
              if (failure instanceof StoreException store && store.retryable()) {
                return backoff
                    .pause(progress.round() + 1)
                    .compose(waited -> settle(attempt, progress, store));
              }
              return Future.failedFuture(failure);
            });
  }

  /** After a refusal, or a failure that may hide a success: lets the object tell. */
  private Future<Written> settle(
      WriteAttempt attempt, Progress progress, @Nullable StoreException failure) {
    WriteIntent intent = attempt.intent();
    return look(intent.address(), progress.entry(), intent.precondition())
        .compose(
            state -> {
              if (state.isPresent() && attempt.writeId().equals(state.get().writeId())) {
                return commit(attempt, state.get().etag());
              }
              if (exhausted(progress)) {
                return Future.failedFuture(failure != null ? failure : busy());
              }
              Progress next = progress.next();
              return failure != null && attempt.replaces(state)
                  ? attempt(attempt, next)
                  : judge(intent, next, state);
            });
  }

  private Future<Written> again(WriteIntent intent, Progress progress) {
    return exhausted(progress)
        ? Future.failedFuture(busy())
        : lookAndWrite(intent, progress.next());
  }

  private boolean exhausted(Progress progress) {
    return progress.round() + 1 >= ROUNDS
        || time.monotonicNanos() - progress.startedNanos() > backoff.patience().toNanos();
  }

  private static ProxyError busy() {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "Others keep changing this file: look at its state and try again.",
        Duration.ofSeconds(1),
        null);
  }

  private Future<Written> commit(WriteAttempt attempt, String etag) {
    BlobAddress address = attempt.intent().address();
    return index
        .record(address.namespace(), attempt.change(etag))
        .compose(
            recorded ->
                recorded.kept()
                    ? Future.succeededFuture(
                        new Written(
                            address,
                            true,
                            attempt.creates(),
                            recorded.entry(),
                            recorded.indexVersion()))
                    : lost(attempt, recorded.entry()));
  }

  /**
   * The log kept another write: equal ETags let both past the store. If these bytes are what is
   * live, they get a version above the kept one, so that object and index agree again; whoever sent
   * them has not won.
   */
  private Future<Written> lost(WriteAttempt attempt, IndexEntry kept) {
    WriteIntent intent = attempt.intent();
    return look(intent.address(), Optional.of(kept), intent.precondition())
        .compose(
            state -> {
              if (state.isEmpty() || !attempt.writeId().equals(state.get().writeId())) {
                return Future.failedFuture(
                    WriteRefusal.of(intent.precondition(), state).orElseGet(BlobWriter::busy));
              }
              Future<?> stamped =
                  attempt.writeId().equals(kept.writeId())
                      ? Future.succeededFuture()
                      : restamp(
                          attempt.above(kept, state.get(), writeIds.get(), time.wallMillis()));
              return stamped.transform(done -> Future.failedFuture(busy()));
            });
  }

  private Future<?> restamp(WriteAttempt attempt) {
    BlobAddress address = attempt.intent().address();
    return store
        .put(
            address.key(prefix),
            attempt.intent().payload(),
            attempt.attributes(),
            attempt.condition())
        .compose(
            result ->
                result.status() == PutResult.Status.STORED
                    ? index.record(address.namespace(), attempt.change(result.etag()))
                    : Future.succeededFuture())
        .onComplete(done -> index.suspect(address.namespace(), address.path()));
  }

  /** How far a change has come: retries are bounded in number and time. */
  private record Progress(Optional<IndexEntry> entry, long startedNanos, int round) {
    Progress next() {
      return new Progress(entry, startedNanos, round + 1);
    }

    Progress knowing(Optional<IndexEntry> now) {
      return new Progress(now, startedNanos, round);
    }
  }
}
