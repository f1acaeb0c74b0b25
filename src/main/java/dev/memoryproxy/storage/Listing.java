package dev.memoryproxy.storage;

import java.util.List;

/**
 * One page of a listing.
 *
 * @param objects in order of their keys' UTF-8 bytes
 * @param truncated whether more follow: list again after the last key
 * @param storeTime the store's clock when it answered, milliseconds since the epoch
 */
public record Listing(List<Item> objects, boolean truncated, long storeTime) {
  public Listing {
    objects = List.copyOf(objects);
  }

  /**
   * A listed object; stores list neither content type nor metadata.
   *
   * @param lastModified milliseconds since the epoch by the store's clock
   */
  public record Item(String key, String etag, long size, long lastModified) {}
}
