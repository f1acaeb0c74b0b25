package dev.memoryproxy.s3server;

import io.vertx.core.buffer.Buffer;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps large contents that are equal in memory once: whoever uploads a thousand large files in a
 * test repeats itself. Thread-safe.
 */
final class Contents {
  private static final int LARGE = 1 << 20;

  private final Map<String, WeakReference<Buffer>> large = new HashMap<>();

  /** The bytes as an object's content, not to be changed. */
  synchronized Buffer of(byte[] bytes, String md5) {
    if (bytes.length < LARGE) {
      return Buffer.buffer(bytes);
    }
    WeakReference<Buffer> known = large.get(md5);
    Buffer kept = known == null ? null : known.get();
    if (kept == null) {
      kept = Buffer.buffer(bytes);
      large.values().removeIf(reference -> reference.refersTo(null));
      large.put(md5, new WeakReference<>(kept));
    }
    return kept;
  }
}
