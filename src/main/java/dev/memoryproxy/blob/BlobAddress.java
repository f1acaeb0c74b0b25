package dev.memoryproxy.blob;

/** Names one file: a path in a namespace. */
public record BlobAddress(Namespace namespace, BlobPath path) {
  /** The object key under a deployment's prefix. */
  public String key(String storePrefix) {
    return path.key(storePrefix, namespace);
  }

  @Override
  public String toString() {
    return namespace.isDefault() ? path.toString() : namespace + ":" + path;
  }
}
