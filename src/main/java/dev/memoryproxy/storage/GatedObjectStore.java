package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.RequestGate.Lane;
import dev.memoryproxy.storage.RequestGate.Outcome;
import dev.memoryproxy.storage.RequestGate.Permit;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Bounds what is asked of a store at once, and asks less of one that complains: see {@link
 * RequestGate}. It never repeats a request, and one that it refuses was never made: {@link
 * StoreException.Kind#OVERLOADED}. A content counts as under way until it lets go of the store.
 *
 * <p>How long a read takes shows only in its answer. So each enters as a small one; a large one
 * whose lane is full then is given up, and asked for again when its turn comes. Otherwise a few
 * slow readers of large files would keep everybody from small ones.
 */
public final class GatedObjectStore extends ForwardingObjectStore {
  /** Enough for a burst of every client, and each costs next to nothing while it waits. */
  private static final int MAX_WAITING = 4_096;

  /** A content up to this size is taken at once, larger ones at their readers' pace. */
  static final int SMALL_BYTES = 64 * 1024;

  private final ObjectStore store;
  private final RequestGate gate;

  /**
   * Wraps a store.
   *
   * @param most requests under way at once
   * @param backoff the pauses after complaints; thread-safe
   */
  public GatedObjectStore(ObjectStore store, int most, TimeSource time, Backoff backoff) {
    this(store, new RequestGate(most, MAX_WAITING, time, backoff));
  }

  GatedObjectStore(ObjectStore store, RequestGate gate) {
    super(store);
    this.store = store;
    this.gate = gate;
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return pass(Lane.SMALL, () -> store.head(key));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return open(Lane.READ, () -> store.get(key));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    Lane lane = last - first < SMALL_BYTES ? Lane.READ : Lane.DOWNLOAD;
    return open(lane, () -> store.getRange(key, etag, first, last));
  }

  @Override
  public Future<Optional<WholeObject>> getWhole(String key, long maxBytes) {
    return pass(Lane.SMALL, () -> store.getWhole(key, maxBytes));
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return pass(
        payload instanceof Payload.Spooled ? Lane.UPLOAD : Lane.SMALL,
        () -> store.put(key, payload, attributes, condition));
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return pass(Lane.SMALL, () -> store.delete(key, condition));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return pass(Lane.SMALL, () -> store.list(prefix, startAfter, limit));
  }

  private <T> Future<T> pass(Lane lane, Supplier<Future<T>> request) {
    return gate.enter(lane)
        .compose(permit -> call(permit, request).onComplete(done -> permit.leave()));
  }

  private Future<Optional<ObjectContent>> open(
      Lane lane, Supplier<Future<Optional<ObjectContent>>> request) {
    return gate.enter(lane)
        .compose(
            permit ->
                call(permit, request).transform(opened -> held(lane, permit, opened, request)));
  }

  private Future<Optional<ObjectContent>> held(
      Lane lane,
      Permit permit,
      AsyncResult<Optional<ObjectContent>> opened,
      Supplier<Future<Optional<ObjectContent>>> request) {
    if (opened.failed()) {
      permit.leave();
      return Future.failedFuture(opened.cause());
    }
    Optional<ObjectContent> content = opened.result();
    if (content.isEmpty()) {
      permit.leave();
      return Future.succeededFuture(content);
    }
    ObjectContent found = content.get();
    if (lane == Lane.READ && found.length() > SMALL_BYTES && !permit.move(Lane.DOWNLOAD)) {
      found.discard();
      permit.leave();
      return open(Lane.DOWNLOAD, request);
    }
    return Future.succeededFuture(Optional.of(new WatchedContent(found, permit::leave)));
  }

  private static <T> Future<T> call(Permit permit, Supplier<Future<T>> request) {
    Future<T> answer;
    try {
      answer = request.get();
    } catch (RuntimeException e) {
      answer = Future.failedFuture(e);
    }
    return answer.onComplete(
        done -> permit.report(Outcome.WELL), failure -> permit.report(outcome(failure)));
  }

  private static Outcome outcome(Throwable failure) {
    return failure instanceof StoreException e && e.kind() == StoreException.Kind.THROTTLED
        ? Outcome.THROTTLED
        : Outcome.OTHERWISE;
  }
}
