package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexFile.State;
import dev.memoryproxy.index.IndexService.Recorded;
import dev.memoryproxy.index.IndexService.Standing;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.StorageErrors;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of one namespace, kept as one object that every commit replaces conditionally.
 *
 * <p>While a commit is under way, changes queue; the next one takes all of them. A commit that
 * another writer overtook reads the other's index, keeps the higher version of each path and goes
 * again. A crash leaves the index as the last commit made it; whoever was answered is in it.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
final class CheckpointedIndex {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointedIndex.class);
  private static final int MAX_BATCH = 1_000;
  private static final long MAX_INDEX_BYTES = 1L << 30;
  private static final Duration CALLER_WAITS = Duration.ofSeconds(10);
  private static final Duration OVERDUE = Duration.ofSeconds(5);

  private final ObjectStore store;
  private final String key;
  private final TimeSource time;
  private final Backoff.Pause pause;
  private final Backoff backoff;
  private final Offload offload;
  private final Supplier<String> batchIds;

  private @Nullable Future<Void> opening;
  private State committed = State.EMPTY;
  private @Nullable String etag;
  private final Map<BlobPath, Pending> queue = new LinkedHashMap<>();
  private boolean committing;
  private @Nullable Future<SyncDocument> document;
  private long documentVersion = -1;

  CheckpointedIndex(
      ObjectStore store,
      String key,
      TimeSource time,
      Backoff.Pause pause,
      Backoff backoff,
      Offload offload,
      Supplier<String> batchIds) {
    this.store = store;
    this.key = key;
    this.time = time;
    this.pause = pause;
    this.backoff = backoff;
    this.offload = offload;
    this.batchIds = batchIds;
  }

  /** Runs work that would take an event loop too long. */
  @FunctionalInterface
  interface Offload {
    <T> Future<T> run(Callable<T> work);
  }

  /** A change that waits, with everybody who waits for it. */
  private record Pending(Change change, long sinceNanos, List<Promise<Recorded>> waiters) {}

  private Future<Void> open() {
    Future<Void> current = opening;
    if (current == null || current.failed()) {
      current = read().mapEmpty();
      opening = current;
    }
    return current;
  }

  Future<Standing> lookup(BlobPath path) {
    return open()
        .map(opened -> new Standing(Optional.ofNullable(committed.files().get(path)), overdue()));
  }

  private boolean overdue() {
    return queue.values().stream()
        .findFirst()
        .map(oldest -> time.monotonicNanos() - oldest.sinceNanos() > OVERDUE.toNanos())
        .orElse(false);
  }

  Future<Recorded> record(Change change) {
    Promise<Recorded> done = Promise.promise();
    Pending earlier = queue.remove(change.path());
    List<Promise<Recorded>> waiters = new ArrayList<>();
    waiters.add(done);
    long since = time.monotonicNanos();
    if (earlier != null) {
      waiters.addAll(earlier.waiters());
      since = earlier.sinceNanos();
    }
    queue.put(change.path(), new Pending(change, since, waiters));
    open().onComplete(opened -> commitNext());
    pause.pause(CALLER_WAITS.toMillis()).onComplete(late -> done.tryFail(notRecorded(null)));
    return done.future();
  }

  private static ProxyError notRecorded(@Nullable Throwable cause) {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The file is stored, but the index cannot list it yet; it will when the storage answers"
            + " again. Look at the file's state before you repeat the request.",
        Duration.ofSeconds(5),
        cause);
  }

  private void commitNext() {
    if (committing || queue.isEmpty()) {
      return;
    }
    committing = true;
    List<Pending> batch = queue.values().stream().limit(MAX_BATCH).toList();
    commit(batch, batchIds.get(), 0)
        .onComplete(
            done -> {
              committing = false;
              commitNext();
            });
  }

  /** Goes on until the batch is in the store: an acknowledged file must end up listed. */
  private Future<Void> commit(List<Pending> batch, String batchId, int failures) {
    State next = apply(batch, batchId);
    return offload
        .run(() -> Payload.of(IndexFile.stored(next)))
        .compose(this::put)
        .compose(
            result -> {
              if (result.status() == PutResult.Status.STORED) {
                acknowledge(batch, next, result.etag());
                return Future.succeededFuture();
              }
              return readThenCommit(batch, batchId, failures);
            })
        .recover(
            failure -> {
              report(batch, failure, failures);
              return backoff
                  .await(failures + 1)
                  .compose(waited -> readThenCommit(batch, batchId, failures + 1));
            });
  }

  private Future<PutResult> put(Payload payload) {
    return store.put(
        key,
        payload,
        new ObjectAttributes("application/json", Map.of()),
        etag == null ? new WriteCondition.IfAbsent() : new WriteCondition.IfEtag(etag));
  }

  private Future<Void> readThenCommit(List<Pending> batch, String batchId, int failures) {
    return read()
        .compose(
            found -> {
              if (batchId.equals(found.batch())) {
                acknowledge(batch, found, etag);
                return Future.succeededFuture();
              }
              return commit(batch, batchId, failures);
            },
            failure -> {
              report(batch, failure, failures);
              return backoff
                  .await(failures + 1)
                  .compose(waited -> readThenCommit(batch, batchId, failures + 1));
            });
  }

  private void report(List<Pending> batch, Throwable failure, int failures) {
    LOG.atWarn()
        .addKeyValue("index", key)
        .addKeyValue("changes", batch.size())
        .addKeyValue("attempt", failures + 1)
        .log("The index could not be written, trying again: {}", failure.getMessage());
    if (!(failure instanceof StoreException store && store.retryable())) {
      batch.forEach(
          pending -> pending.waiters().forEach(waiter -> waiter.tryFail(notRecorded(failure))));
    }
  }

  private State apply(List<Pending> batch, String batchId) {
    long indexVersion = Math.max(time.wallMillis(), committed.indexVersion() + 1);
    Map<BlobPath, IndexEntry> files = new TreeMap<>(committed.files());
    for (Pending pending : batch) {
      Change change = pending.change();
      files.merge(
          change.path(),
          change.toEntry(indexVersion),
          (old, fresh) -> fresh.version() > old.version() ? fresh : old);
    }
    return new State(files, indexVersion, batchId);
  }

  private void acknowledge(List<Pending> batch, State state, @Nullable String storeEtag) {
    committed = state;
    etag = storeEtag;
    for (Pending pending : batch) {
      BlobPath path = pending.change().path();
      queue.remove(path, pending);
      IndexEntry entry = state.files().get(path);
      if (entry != null) {
        Recorded recorded = new Recorded(entry, state.indexVersion());
        pending.waiters().forEach(waiter -> waiter.tryComplete(recorded));
      }
    }
  }

  private Future<State> read() {
    return store
        .getWhole(key, MAX_INDEX_BYTES)
        .compose(
            found -> {
              if (found.isEmpty()) {
                adopt(State.EMPTY, null);
                return Future.succeededFuture(State.EMPTY);
              }
              return offload
                  .run(() -> IndexFile.decode(found.get().bytes().getBytes()))
                  .onSuccess(state -> adopt(state, found.get().head().etag()));
            })
        .recover(cause -> Future.failedFuture(unreadable(cause)));
  }

  private Throwable unreadable(Throwable cause) {
    if (!(cause instanceof IOException)) {
      return StorageErrors.toProxyError(cause);
    }
    LOG.error("{} is not a readable index, restore or remove it: {}", key, cause.getMessage());
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The index in the storage cannot be read: its operator must restore or remove " + key + ".",
        Duration.ofSeconds(30),
        cause);
  }

  private void adopt(State found, @Nullable String foundEtag) {
    committed = found;
    etag = foundEtag;
  }

  /** The published document, encoded once for each index version. */
  Future<SyncDocument> document() {
    return open()
        .compose(
            opened -> {
              Future<SyncDocument> current = document;
              if (current == null
                  || current.failed()
                  || documentVersion != committed.indexVersion()) {
                State state = committed;
                current = offload.run(() -> encode(state));
                document = current;
                documentVersion = state.indexVersion();
              }
              return current;
            });
  }

  private static SyncDocument encode(State state) throws IOException {
    byte[] json = IndexFile.published(state);
    return new SyncDocument(Md5.of(json), Buffer.buffer(json), Buffer.buffer(Gzip.compress(json)));
  }

  /** Completes when nothing waits any more. */
  Future<Void> flush() {
    return queue.isEmpty() ? Future.succeededFuture() : pause.pause(20).compose(w -> flush());
  }
}
