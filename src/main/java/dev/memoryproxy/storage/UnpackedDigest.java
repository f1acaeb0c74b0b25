package dev.memoryproxy.storage;

import dev.memoryproxy.blob.GzipDigest;
import dev.memoryproxy.blob.GzipDigest.UnpackException;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Objects whose published MD5 is that of what they unpack to. The object is marked so, whatever the
 * service's settings say later; whoever has to find out its MD5 without an index entry unpacks it,
 * and so comes to the digest that was published, without believing anybody.
 */
final class UnpackedDigest {
  private static final String MARK = "content-md5-of";
  private static final String UNPACKED = "unpacked";

  private final ReadStream<Buffer> body;
  private final GzipDigest unpacked = new GzipDigest(Long.MAX_VALUE);
  private final MessageDigest plain = Md5.digester();
  private final Promise<String> done = Promise.promise();
  private final @Nullable Context context = Vertx.currentContext();
  private @Nullable UnpackException damage;
  private boolean busy;
  private boolean ended;

  private UnpackedDigest(ReadStream<Buffer> body) {
    this.body = body;
  }

  static ObjectAttributes mark(ObjectAttributes attributes) {
    Map<String, String> metadata = new LinkedHashMap<>(attributes.metadata());
    metadata.put(MARK, UNPACKED);
    return new ObjectAttributes(attributes.contentType(), metadata);
  }

  static boolean isMarked(ObjectHead head) {
    return UNPACKED.equals(head.metadata().get(MARK));
  }

  /**
   * Reads the body to its end: the MD5 of what it unpacks to, or of the bytes themselves where they
   * are no gzip stream after all.
   */
  static Future<String> of(ReadStream<Buffer> body) {
    return new UnpackedDigest(body).start();
  }

  private Future<String> start() {
    body.exceptionHandler(done::tryFail);
    body.endHandler(
        end -> {
          ended = true;
          goOn();
        });
    body.pause();
    body.handler(this::take);
    body.fetch(1);
    return done.future().onComplete(told -> unpacked.close());
  }

  /** One chunk at a time, off the event loop where there is one. */
  private void take(Buffer chunk) {
    byte[] bytes = chunk.getBytes();
    busy = true;
    if (context == null) {
      update(bytes);
      taken();
      return;
    }
    context
        .<Void>executeBlocking(
            () -> {
              update(bytes);
              return null;
            })
        .onComplete(hashed -> taken(), done::tryFail);
  }

  private void taken() {
    busy = false;
    goOn();
  }

  /** The end may come while the last chunk is still being unpacked. */
  private void goOn() {
    if (busy) {
      return;
    }
    if (ended) {
      done.tryComplete(finish());
    } else {
      body.fetch(1);
    }
  }

  private void update(byte[] bytes) {
    plain.update(bytes);
    try {
      if (damage == null) {
        unpacked.update(bytes, 0, bytes.length);
      }
    } catch (UnpackException e) {
      damage = e;
    }
  }

  private String finish() {
    try {
      if (damage == null) {
        return unpacked.finish();
      }
    } catch (UnpackException tornOff) {
      // Somebody changed the object and left its metadata.
    }
    return Md5.hex(plain);
  }
}
