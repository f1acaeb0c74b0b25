package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.PutResult.Status;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Finds out at start-up whether a store's conditional writes can be relied on, under reserved keys
 * that nobody else uses and that are removed again.
 *
 * <p>Only definite evidence speaks against a store: a condition that did not hold and was written
 * all the same, or "not implemented". A store that is busy or silent is asked again, and in the end
 * the probe fails: guessing would give up either the promise or the service.
 */
public final class ConditionProbe {
  /** Sequential questions pass stores that are racy, so each is also put this often at once. */
  static final int ROUNDS = 16;

  private static final int LANES = 4;
  private static final int WRITERS = 4;
  private static final int REFUSALS = 3;
  private static final long LEFTOVER_MILLIS = Duration.ofHours(1).toMillis();
  private static final WriteCondition ALWAYS = new WriteCondition.None();
  private static final WriteCondition IF_ABSENT = new WriteCondition.IfAbsent();
  private static final WriteCondition STALE = new WriteCondition.IfEtag("0".repeat(32));
  private static final ObjectAttributes ATTRIBUTES =
      new ObjectAttributes("text/plain", Map.of("write-id", "probe"));

  private final ObjectStore store;
  private final String keys;
  private final String ours;
  private final StartUpPatience patience;
  private final AtomicInteger count = new AtomicInteger();
  private final Queue<String> written = new ConcurrentLinkedQueue<>();
  private final Queue<String> writeFindings = new ConcurrentLinkedQueue<>();
  private final Queue<String> deleteFindings = new ConcurrentLinkedQueue<>();

  /**
   * A probe; good for one run.
   *
   * @param store without retries of its own
   * @param prefix the deployment's prefix without a trailing slash; may be empty
   * @param backoff its random source also makes the keys unique: it must not be seeded alike in two
   *     processes
   * @param patience how long a store may be busy before the probe fails
   */
  public ConditionProbe(
      ObjectStore store, String prefix, Backoff backoff, TimeSource clock, Duration patience) {
    this.store = store;
    this.keys = (prefix.isEmpty() ? "" : prefix + "/") + ".sync-probe-";
    this.ours = keys + HexFormat.of().toHexDigits(backoff.random().nextLong()) + "-";
    this.patience = new StartUpPatience(patience, clock, backoff);
  }

  /**
   * Asks the store. Fails with {@link StoreException}: {@code DENIED} names the permission that is
   * missing, {@code BUSY} or {@code AMBIGUOUS} says that the store did not answer for too long.
   */
  public Future<Capabilities> run() {
    return permissions()
        .compose(done -> sequential())
        .compose(done -> concurrent())
        .compose(done -> deletes())
        .compose(done -> patiently(this::uniqueEtags))
        .compose(unique -> unique ? racingDeletes().map(true) : Future.succeededFuture(false))
        .map(
            uniqueEtags -> {
              Set<String> findings = new LinkedHashSet<>(writeFindings);
              findings.addAll(deleteFindings);
              return new Capabilities(
                  writeFindings.isEmpty(),
                  deleteFindings.isEmpty(),
                  uniqueEtags,
                  List.copyOf(findings));
            })
        .eventually(this::cleanUp);
  }

  private Future<Void> permissions() {
    return patiently(() -> store.list(keys, "", 1_000))
        .recover(failure -> denied(failure, "listing the bucket"))
        .compose(this::removeLeftovers)
        .compose(
            done ->
                patiently(() -> store.head(ours + "absent"))
                    .recover(failure -> denied(failure, "asking for a key that does not exist")))
        .mapEmpty();
  }

  private static <T> Future<T> denied(Throwable failure, String what) {
    if (failure instanceof StoreException e && e.kind() == StoreException.Kind.DENIED) {
      return Future.failedFuture(
          new StoreException(
              StoreException.Kind.DENIED,
              what
                  + " is denied; if the credentials are right, grant s3:ListBucket on the bucket,"
                  + " without which S3 does not tell absent from forbidden ("
                  + e.getMessage()
                  + ")",
              e));
    }
    return Future.failedFuture(failure);
  }

  /** From probes that were killed; a younger one may belong to a process that starts just now. */
  private Future<Void> removeLeftovers(Listing listing) {
    List<Future<?>> removals = new ArrayList<>();
    for (Listing.Item item : listing.objects()) {
      if (listing.storeTime() - item.lastModified() > LEFTOVER_MILLIS) {
        removals.add(store.delete(item.key(), ALWAYS).otherwiseEmpty());
      }
    }
    return Future.join(removals).mapEmpty();
  }

  private Future<Void> sequential() {
    return patiently(
            () -> {
              String key = newKey();
              return put(key, ALWAYS)
                  .compose(first -> judge(put(key, IF_ABSENT), "put-if-absent overwrote an object"))
                  .compose(done -> judge(put(key, STALE), "a stale ETag overwrote an object"))
                  .compose(
                      done ->
                          judge(
                              put(newKey(), STALE), "an ETag condition created a missing object"));
            })
        .compose(done -> patiently(() -> createAndReplace(REFUSALS)));
  }

  /**
   * Conditions that do hold must let the write through. One refusal proves nothing: a proxy in
   * between may have repeated a write that had taken effect.
   */
  private Future<Void> createAndReplace(int refusalsLeft) {
    String key = newKey();
    return put(key, IF_ABSENT)
        .compose(
            created ->
                created.status() == Status.STORED
                    ? put(key, new WriteCondition.IfEtag(created.etag()))
                    : Future.succeededFuture(created))
        .compose(
            result -> {
              if (result.status() == Status.STORED) {
                return Future.<Void>succeededFuture();
              }
              if (refusalsLeft > 1) {
                return createAndReplace(refusalsLeft - 1);
              }
              writeFindings.add("a condition that held was refused");
              return Future.succeededFuture();
            })
        .recover(failure -> unsupported(failure).mapEmpty());
  }

  private Future<Void> judge(Future<PutResult> write, String finding) {
    return write
        .onSuccess(
            result -> {
              if (result.status() == Status.STORED) {
                writeFindings.add(finding);
              }
            })
        .recover(this::unsupported)
        .mapEmpty();
  }

  private Future<PutResult> unsupported(Throwable failure) {
    if (failure instanceof StoreException e && e.kind() == StoreException.Kind.UNSUPPORTED) {
      writeFindings.add("conditional writes are not implemented");
      return Future.succeededFuture(PutResult.REFUSED);
    }
    return Future.failedFuture(failure);
  }

  private Future<Void> concurrent() {
    return writeFindings.isEmpty()
        ? often(
            () ->
                patiently(() -> race(newKey(), IF_ABSENT, "put-if-absent"))
                    .compose(done -> patiently(this::raceOnEtag)))
        : Future.succeededFuture();
  }

  /** Only where ETags are unique is anything ever deleted under a condition. */
  private Future<Void> racingDeletes() {
    return writeFindings.isEmpty() && deleteFindings.isEmpty()
        ? often(() -> patiently(this::raceWithDelete))
        : Future.succeededFuture();
  }

  /**
   * Of a write and a delete under the same condition one takes effect. The delete is sent first:
   * what a racy store gets wrong is to delete, later, what it had looked at before the write.
   */
  private Future<Void> raceWithDelete() {
    String key = newKey();
    return put(key, ALWAYS)
        .compose(
            before -> {
              WriteCondition same = new WriteCondition.IfEtag(before.etag());
              Future<DeleteResult> delete = store.delete(key, same);
              Future<PutResult> write = put(key, same);
              return Future.join(write, delete)
                  .map(
                      both -> {
                        if (write.result().status() == Status.STORED
                            && delete.result() == DeleteResult.DELETED) {
                          deleteFindings.add("a delete and a write had the same ETag condition");
                        }
                        return null;
                      });
            });
  }

  private static Future<Void> often(Supplier<Future<Void>> question) {
    List<Future<?>> lanes = new ArrayList<>();
    for (int lane = 0; lane < LANES; lane++) {
      Future<Void> rounds = Future.succeededFuture();
      for (int round = 0; round < ROUNDS / LANES; round++) {
        rounds = rounds.compose(done -> question.get());
      }
      lanes.add(rounds);
    }
    return Future.join(lanes).mapEmpty();
  }

  private Future<Void> raceOnEtag() {
    String key = newKey();
    return put(key, ALWAYS)
        .compose(
            before -> race(key, new WriteCondition.IfEtag(before.etag()), "an ETag condition"));
  }

  /** One winner is right and two are evidence; none at all, by failures, is asked again. */
  private Future<Void> race(String key, WriteCondition condition, String name) {
    List<Future<PutResult>> writers =
        IntStream.range(0, WRITERS).mapToObj(writer -> put(key, condition)).toList();
    return Future.join(writers)
        .transform(
            done -> {
              long winners =
                  writers.stream()
                      .filter(write -> write.succeeded())
                      .filter(write -> write.result().status() == Status.STORED)
                      .count();
              if (winners > 1) {
                writeFindings.add(name + " had " + winners + " winners of " + WRITERS);
              }
              return winners == 0 && done.failed()
                  ? Future.failedFuture(done.cause())
                  : Future.succeededFuture();
            });
  }

  private Future<Void> deletes() {
    if (!store.conditionalDeletes()) {
      deleteFindings.add("the store has no conditional deletes");
      return Future.succeededFuture();
    }
    return patiently(
        () -> {
          String key = newKey();
          return put(key, ALWAYS)
              .compose(
                  put ->
                      store
                          .delete(key, STALE)
                          .compose(
                              stale ->
                                  stale == DeleteResult.REFUSED
                                      ? store.delete(key, new WriteCondition.IfEtag(put.etag()))
                                      : Future.succeededFuture(DeleteResult.REFUSED)))
              .onSuccess(
                  result -> {
                    if (result != DeleteResult.DELETED) {
                      deleteFindings.add("conditions on deletes are not honoured");
                    }
                  })
              .recover(this::unsupportedDelete)
              .mapEmpty();
        });
  }

  private Future<DeleteResult> unsupportedDelete(Throwable failure) {
    // Some stores answer 400 to a header they do not know: not the answer of one that has it.
    if (failure instanceof StoreException e
        && (e.kind() == StoreException.Kind.UNSUPPORTED || e.kind() == StoreException.Kind.OTHER)) {
      deleteFindings.add("conditional deletes are not implemented");
      return Future.succeededFuture(DeleteResult.REFUSED);
    }
    return Future.failedFuture(failure);
  }

  /**
   * Whether an ETag names a write and not a content. Asked with nothing, which all tombstones hold;
   * the object is read in between, so that the first read of all happens here.
   */
  private Future<Boolean> uniqueEtags() {
    String key = newKey();
    return put(key, "", ALWAYS)
        .compose(
            first ->
                store
                    .getWhole(key, 1)
                    .compose(read -> put(key, "", ALWAYS))
                    .map(second -> !first.etag().equals(second.etag())));
  }

  private Future<PutResult> put(String key, WriteCondition condition) {
    return put(key, key + " " + count.incrementAndGet(), condition);
  }

  private Future<PutResult> put(String key, String content, WriteCondition condition) {
    written.add(key);
    return store.put(key, new Payload.InMemory(Buffer.buffer(content)), ATTRIBUTES, condition);
  }

  private String newKey() {
    return ours + count.incrementAndGet();
  }

  private <T> Future<T> patiently(Supplier<Future<T>> question) {
    return patience.ask(question);
  }

  /** Best effort: what stays is removed by a later start. */
  private Future<Void> cleanUp() {
    List<Future<?>> removals = new ArrayList<>();
    written.stream()
        .distinct()
        .forEach(key -> removals.add(store.delete(key, ALWAYS).otherwiseEmpty()));
    return Future.join(removals).<Void>mapEmpty().otherwiseEmpty();
  }
}
