package dev.memoryproxy.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Conditions for a store that has none: they are checked by a HEAD, and the write follows without
 * one, both under a lock on the key. That holds only while this object is the bucket's one and only
 * writer.
 */
public final class SingleWriterStore extends ForwardingObjectStore {
  private final ObjectStore store;

  /** The last write under way for each key; it never fails. */
  private final Map<String, Future<Void>> tails = new ConcurrentHashMap<>();

  /** Wraps a store whose conditions are not to be relied on. */
  public SingleWriterStore(ObjectStore store) {
    super(store);
    this.store = store;
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    Supplier<Future<PutResult>> write =
        () -> store.put(key, payload, attributes, new WriteCondition.None());
    return locked(
        key,
        () ->
            guarded(
                key, condition, write, present -> present ? PutResult.REFUSED : PutResult.ABSENT));
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    Supplier<Future<DeleteResult>> write = () -> store.delete(key, new WriteCondition.None());
    return locked(
        key,
        () ->
            guarded(
                key,
                condition,
                write,
                present -> present ? DeleteResult.REFUSED : DeleteResult.ABSENT));
  }

  private <T> Future<T> guarded(
      String key,
      WriteCondition condition,
      Supplier<Future<T>> write,
      Function<Boolean, T> refusal) {
    if (condition instanceof WriteCondition.None) {
      return write.get();
    }
    return store
        .head(key)
        .compose(
            found -> {
              boolean holds =
                  condition instanceof WriteCondition.IfEtag expected
                      ? found.isPresent() && found.get().etag().equals(expected.etag())
                      : found.isEmpty();
              return holds ? write.get() : Future.succeededFuture(refusal.apply(found.isPresent()));
            });
  }

  /** Runs writes of one key one after the other, each on its own caller's context. */
  private <T> Future<T> locked(String key, Supplier<Future<T>> write) {
    Promise<Void> released = Promise.promise();
    Future<Void> mine = released.future();
    Future<Void> before = tails.put(key, mine);
    Future<T> result =
        before == null ? write.get() : onThisContext(before).compose(turn -> write.get());
    return result.onComplete(
        done -> {
          tails.remove(key, mine);
          released.complete();
        });
  }

  private static Future<Void> onThisContext(Future<Void> anywhere) {
    Context context = Vertx.currentContext();
    if (context == null) {
      return anywhere;
    }
    Promise<Void> here = Promise.promise();
    anywhere.onComplete(done -> context.runOnContext(turn -> here.complete()));
    return here.future();
  }

  /** Always: the HEAD under the lock stands in for the store. */
  @Override
  public boolean conditionalDeletes() {
    return true;
  }

  /** Never: what is only kept among this process's writers is not worth a lost file. */
  @Override
  public boolean uniqueEtags() {
    return false;
  }
}
