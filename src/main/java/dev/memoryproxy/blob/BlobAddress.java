package dev.memoryproxy.blob;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Names one file: a path in a namespace. */
public record BlobAddress(Namespace namespace, BlobPath path) {
  /** The longest object key in bytes of UTF-8: S3's limit. */
  public static final int MAX_KEY_BYTES = 1024;

  // No char takes more than three bytes of UTF-8.
  private static final int SURELY_SHORT = MAX_KEY_BYTES / 3;

  /**
   * The object key under a deployment's prefix.
   *
   * @throws ProxyError {@code INVALID_PATH} when namespace and path are too long together
   */
  public String key(String storePrefix) {
    String key = path.key(storePrefix, namespace);
    if (key.length() > SURELY_SHORT) {
      checkLength(key);
    }
    return key;
  }

  private void checkLength(String key) {
    int bytes = key.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_KEY_BYTES) {
      throw new ProxyError(
          ProxyError.Kind.INVALID_PATH,
          "Namespace and path make an object key of "
              + bytes
              + " bytes of UTF-8, and the storage takes "
              + MAX_KEY_BYTES
              + ": use shorter ones.",
          Map.of("namespace", namespace.name()));
    }
  }

  @Override
  public String toString() {
    return namespace.isDefault() ? path.toString() : namespace + ":" + path;
  }
}
