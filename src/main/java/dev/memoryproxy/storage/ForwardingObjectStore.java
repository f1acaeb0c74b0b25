package dev.memoryproxy.storage;

import io.vertx.core.Future;
import java.util.Optional;

/** Passes everything on to another store; wrappers override what they are for. */
abstract class ForwardingObjectStore implements ObjectStore {
  private final ObjectStore inner;

  ForwardingObjectStore(ObjectStore inner) {
    this.inner = inner;
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return inner.head(key);
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return inner.get(key);
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return inner.getRange(key, etag, first, last);
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return inner.put(key, payload, attributes, condition);
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return inner.delete(key, condition);
  }

  @Override
  public Future<Optional<WholeObject>> getWhole(String key, long maxBytes) {
    return inner.getWhole(key, maxBytes);
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return inner.list(prefix, startAfter, limit);
  }

  @Override
  public boolean conditionalDeletes() {
    return inner.conditionalDeletes();
  }

  @Override
  public boolean uniqueEtags() {
    return inner.uniqueEtags();
  }

  @Override
  public Future<Void> close() {
    return inner.close();
  }
}
