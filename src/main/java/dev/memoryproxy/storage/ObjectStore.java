package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * A flat, strongly consistent object store: the part of S3 that this service relies on.
 *
 * <p>Keys are UTF-8 strings of at most 1,024 bytes; {@code a} and {@code a/b} may both exist. An
 * object's content, content type and metadata change together, atomically. Reads see every write
 * that completed before they began. All methods are thread-safe and never block. A future completes
 * on the caller's Vert.x context when there is one; it fails only with {@link StoreException}.
 *
 * <p>No method retries: {@link RetryingObjectStore} adds that for the reads, the writers settle
 * their own ambiguous outcomes.
 */
public interface ObjectStore {
  /** What the store knows of an object without its content; empty when there is no such object. */
  Future<Optional<ObjectHead>> head(String key);

  /**
   * Opens an object for reading; empty when there is no such object. The caller owns the content
   * and must stream or discard it.
   */
  Future<Optional<ObjectContent>> get(String key);

  /**
   * Opens a range of an object in the state that {@code etag} names; empty when the object is
   * absent or no longer in that state.
   *
   * @param first index of the first byte, inside the object
   * @param last index of the last byte, inclusive, inside the object
   */
  Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last);

  /**
   * Writes an object if the condition holds at the moment the write takes effect.
   *
   * <p>A failed future may have taken effect: see {@link StoreException#ambiguous()}.
   *
   * @param payload stays the caller's: it is read, perhaps more than once, until the future
   *     completes
   */
  Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition);

  /**
   * Deletes an object if the condition holds. Deleting what is not there succeeds as {@link
   * DeleteResult#ABSENT} or {@link DeleteResult#DELETED}: S3 does not tell the two apart.
   *
   * @param condition {@link WriteCondition.None}, or an ETag where {@link #conditionalDeletes()}
   */
  Future<DeleteResult> delete(String key, WriteCondition condition);

  /**
   * Lists keys in order of their UTF-8 bytes.
   *
   * @param prefix only keys that start so; may be empty
   * @param startAfter only keys after this one; empty to start at the beginning
   * @param limit at most this many objects, 1 to 1,000
   */
  Future<Listing> list(String prefix, String startAfter, int limit);

  /** Whether {@link #delete} honours an ETag condition. */
  boolean conditionalDeletes();

  /**
   * Whether every write gets an ETag of its own, whatever its content; only then does a condition
   * on an ETag tell a tombstone from an empty file written in its place.
   */
  default boolean uniqueEtags() {
    return false;
  }

  /** Releases what the store holds; calls under way may fail. */
  Future<Void> close();

  /**
   * Reads a small object whole; empty when there is no such object.
   *
   * @param maxBytes fails with {@link StoreException.Kind#TOO_LARGE} beyond it
   */
  default Future<Optional<WholeObject>> getWhole(String key, long maxBytes) {
    return WholeObject.read(key, get(key), maxBytes);
  }

  /** A small object in memory. */
  record WholeObject(ObjectHead head, Buffer bytes) {
    /** Takes in what was opened, as {@link #getWhole} does. */
    static Future<Optional<WholeObject>> read(
        String key, Future<Optional<ObjectContent>> opened, long maxBytes) {
      return opened.compose(
          found -> {
            if (found.isEmpty()) {
              return Future.succeededFuture(Optional.empty());
            }
            ObjectContent content = found.get();
            if (content.length() > maxBytes) {
              content.discard();
              return Future.failedFuture(
                  new StoreException(
                      StoreException.Kind.TOO_LARGE,
                      "object "
                          + key
                          + " has "
                          + content.length()
                          + " bytes, more than "
                          + maxBytes,
                      null));
            }
            return content
                .bytes()
                .map(bytes -> Optional.of(new WholeObject(content.head(), bytes)));
          });
    }
  }
}
