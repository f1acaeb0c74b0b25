package dev.memoryproxy.storage;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The MD5 of objects that do not say it themselves: files put there with other tools, or stores
 * whose ETags are no MD5. The body is read once for each state of an object and the digest
 * remembered.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
public final class BlobDigests {
  private static final int REMEMBERED = 10_000;

  private final ObjectStore store;
  private final Map<String, String> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > REMEMBERED;
        }
      };

  public BlobDigests(ObjectStore store) {
    this.store = store;
  }

  /** The state with its MD5 filled in; empty when the object has changed since it was seen. */
  public Future<Optional<StoredBlob>> resolve(String key, StoredBlob blob) {
    if (blob.md5() != null) {
      return Future.succeededFuture(Optional.of(blob));
    }
    if (blob.size() == 0) {
      return Future.succeededFuture(Optional.of(blob.withMd5(Md5.OF_NOTHING)));
    }
    String state = state(key, blob.etag(), blob.lastModified());
    String remembered = known.get(state);
    if (remembered != null) {
      return Future.succeededFuture(Optional.of(blob.withMd5(remembered)));
    }
    return store
        .getRange(key, blob.etag(), 0, blob.size() - 1)
        .compose(
            found -> {
              if (found.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
              }
              return digest(found.get())
                  .map(
                      md5 -> {
                        known.put(state, md5);
                        return Optional.of(blob.withMd5(md5));
                      });
            });
  }

  private static Future<String> digest(ObjectContent content) {
    ReadStream<Buffer> body = content.stream();
    return UnpackedDigest.isMarked(content.head()) ? UnpackedDigest.of(body) : digest(body);
  }

  /** Remembers the digest of an object that somebody has read. */
  public void learn(String key, ObjectStore.WholeObject object) {
    if (!UnpackedDigest.isMarked(object.head())) {
      String state = state(key, object.head().etag(), object.head().lastModified());
      known.put(state, Md5.of(object.bytes().getBytes()));
    }
  }

  private static String state(String key, String etag, long lastModified) {
    return key + '\n' + etag + '\n' + lastModified;
  }

  private static Future<String> digest(ReadStream<Buffer> body) {
    MessageDigest digester = Md5.digester();
    Promise<String> done = Promise.promise();
    body.exceptionHandler(done::tryFail);
    body.endHandler(end -> done.tryComplete(Md5.hex(digester)));
    body.handler(chunk -> digester.update(chunk.getBytes()));
    return done.future();
  }
}
