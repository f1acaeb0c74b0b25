package dev.memoryproxy;

import dev.memoryproxy.storage.DeleteResult;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import java.util.Optional;

/** A store that nothing can be changed in: every write fails. */
record ReadOnlyStore(ObjectStore store) implements ObjectStore {
  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return store.head(key);
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return store.get(key);
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return store.getRange(key, etag, first, last);
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return refused(key);
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return refused(key);
  }

  private static <T> Future<T> refused(String key) {
    return Future.failedFuture(
        new StoreException(
            StoreException.Kind.UNSUPPORTED,
            "a dry run writes nothing, and " + key + " must be written to go on",
            null));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return store.list(prefix, startAfter, limit);
  }

  @Override
  public boolean conditionalDeletes() {
    return store.conditionalDeletes();
  }

  @Override
  public Future<Void> close() {
    return store.close();
  }
}
