package dev.memoryproxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds what the caches may take against the heap that there is. */
final class HeapRoom {
  private static final Logger LOG = LoggerFactory.getLogger(HeapRoom.class);

  private HeapRoom() {}

  /**
   * Warns when the caches may take more than half of the heap. The rest is for requests, and for
   * the documents and indexes that are being made.
   *
   * @param maxHeapBytes what {@code -Xmx} says
   */
  static void check(long indexCacheBytes, long readCacheBytes, long maxHeapBytes) {
    if (indexCacheBytes + readCacheBytes > maxHeapBytes / 2) {
      LOG.atWarn()
          .addKeyValue("index_cache_bytes", indexCacheBytes)
          .addKeyValue("read_cache_bytes", readCacheBytes)
          .addKeyValue("max_heap_bytes", maxHeapBytes)
          .log(
              "INDEX_CACHE_BYTES and READ_CACHE_BYTES may take more than half of the heap: lower"
                  + " them or raise -Xmx, before the service runs out of memory");
    }
  }
}
