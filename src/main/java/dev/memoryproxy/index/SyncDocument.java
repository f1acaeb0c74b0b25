package dev.memoryproxy.index;

import io.vertx.core.buffer.Buffer;

/**
 * The published index, encoded once for each index version and shared by all readers.
 *
 * @param etag strong, without quotes
 * @param json the document
 * @param gzip the same, compressed
 */
public record SyncDocument(String etag, Buffer json, Buffer gzip) {}
