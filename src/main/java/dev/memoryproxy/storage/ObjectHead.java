package dev.memoryproxy.storage;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a store says of an object.
 *
 * @param key the object's key
 * @param etag opaque, without quotes; the MD5 of the content on many stores, but not on all
 * @param size bytes of the whole object
 * @param lastModified milliseconds since the epoch by the store's clock; S3 has whole seconds
 * @param storeTime the store's clock when it answered, milliseconds since the epoch
 * @param contentType as stored; null when the store has none
 * @param metadata user metadata, names in lower case
 */
public record ObjectHead(
    String key,
    String etag,
    long size,
    long lastModified,
    long storeTime,
    @Nullable String contentType,
    Map<String, String> metadata) {
  public ObjectHead {
    metadata = Map.copyOf(metadata);
  }
}
