package dev.memoryproxy.storage;

import io.vertx.core.Future;

/** A store that nothing can be changed in: every write fails. */
public final class ReadOnlyStore extends ForwardingObjectStore {
  /** Wraps a store that must stay as it is. */
  public ReadOnlyStore(ObjectStore store) {
    super(store);
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
}
