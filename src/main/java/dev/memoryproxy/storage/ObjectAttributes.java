package dev.memoryproxy.storage;

import java.util.Map;

/**
 * What is stored beside an object's content.
 *
 * @param contentType a media type, stored as given
 * @param metadata user metadata: names in lower-case ASCII, values in printable ASCII, 2 KB in all
 *     (S3)
 */
public record ObjectAttributes(String contentType, Map<String, String> metadata) {
  public ObjectAttributes {
    metadata = Map.copyOf(metadata);
  }
}
