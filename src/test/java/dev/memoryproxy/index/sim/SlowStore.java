package dev.memoryproxy.index.sim;

import dev.memoryproxy.storage.DeleteResult;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * A store whose requests take effect some time after they are sent and are answered some time after
 * that, so that other clients' requests fall in between. Every object that a PUT replaces is shown
 * to a witness together with what replaces it.
 */
final class SlowStore implements ObjectStore {
  private final World world;
  private final MemoryObjectStore inner;
  private final BiConsumer<Optional<ObjectHead>, ObjectHead> witness;

  SlowStore(
      World world, MemoryObjectStore inner, BiConsumer<Optional<ObjectHead>, ObjectHead> witness) {
    this.world = world;
    this.inner = inner;
    this.witness = witness;
  }

  private <T> Future<T> later(Supplier<Future<T>> effect) {
    Promise<T> answer = Promise.promise();
    world.after(
        world.between(100, 5_000),
        () -> {
          Future<T> done = effect.get();
          world.after(world.between(100, 5_000), () -> done.onComplete(answer));
        });
    return answer.future();
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return later(() -> inner.head(key));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return later(() -> inner.get(key));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return later(() -> inner.getRange(key, etag, first, last));
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return later(
        () -> {
          Optional<ObjectHead> before = inner.head(key).result();
          Future<PutResult> put = inner.put(key, payload, attributes, condition);
          if (put.succeeded() && put.result().status() == PutResult.Status.STORED) {
            witness.accept(before, inner.head(key).result().orElseThrow());
          }
          return put;
        });
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return later(() -> inner.delete(key, condition));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return later(() -> inner.list(prefix, startAfter, limit));
  }

  @Override
  public boolean conditionalDeletes() {
    return inner.conditionalDeletes();
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
