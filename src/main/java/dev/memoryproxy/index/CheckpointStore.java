package dev.memoryproxy.index;

import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The checkpoint object of one namespace. */
final class CheckpointStore {
  static final String NAME = ".sync-index.json";

  private static final ObjectAttributes ATTRIBUTES =
      new ObjectAttributes("application/json", Map.of());

  private final ObjectStore store;
  private final Offload offload;
  private final String key;

  /**
   * @param root the namespace's key root, empty or ending in a slash
   */
  CheckpointStore(ObjectStore store, Offload offload, String root) {
    this.store = store;
    this.offload = offload;
    this.key = root + NAME;
  }

  /**
   * What the bucket holds.
   *
   * @param etag null when there is no such object
   * @param bytes the object's size
   * @param checkpoint null when the object cannot be read
   * @param damage why not; null when it can
   */
  record Stored(
      @Nullable String etag,
      long bytes,
      @Nullable Checkpoint checkpoint,
      @Nullable UnreadableException damage) {}

  /** Reads and decodes it; fails only as the store does. */
  Future<Stored> read() {
    return store
        .getWhole(key, Integer.MAX_VALUE / 2)
        .compose(
            found -> {
              if (found.isEmpty()) {
                return Future.succeededFuture(new Stored(null, 0, Checkpoint.none(), null));
              }
              String etag = found.get().head().etag();
              Buffer bytes = found.get().bytes();
              return offload
                  .run(() -> CheckpointCodec.decode(bytes))
                  .transform(
                      decoded -> {
                        if (decoded.succeeded()) {
                          return Future.succeededFuture(
                              new Stored(etag, bytes.length(), decoded.result(), null));
                        }
                        return decoded.cause() instanceof UnreadableException damage
                            ? Future.succeededFuture(new Stored(etag, bytes.length(), null, damage))
                            : Future.failedFuture(decoded.cause());
                      });
            });
  }

  /**
   * Replaces it.
   *
   * @param expected the ETag it must have; null when it must be absent
   */
  Future<PutResult> replace(Buffer checkpoint, @Nullable String expected) {
    return put(
        checkpoint,
        expected == null ? new WriteCondition.IfAbsent() : new WriteCondition.IfEtag(expected));
  }

  /** Replaces it whatever it is; no rule-abiding caller does that. */
  Future<PutResult> replaceBlindly(Buffer checkpoint) {
    return put(checkpoint, new WriteCondition.None());
  }

  private Future<PutResult> put(Buffer checkpoint, WriteCondition condition) {
    return store.put(key, new Payload.InMemory(checkpoint), ATTRIBUTES, condition);
  }
}
