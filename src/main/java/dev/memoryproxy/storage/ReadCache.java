package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of files, as much as a number of bytes allows; what was used longest ago goes
 * first. Knows nothing of whether it still holds.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
final class ReadCache {
  private final long capacity;
  private final LinkedHashMap<BlobAddress, SeenBlob> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long weight;

  /**
   * @param capacity bytes, bookkeeping included; 0 keeps nothing
   */
  ReadCache(long capacity) {
    this.capacity = capacity;
  }

  /** Whether it never keeps anything. */
  boolean isOff() {
    return capacity == 0;
  }

  @Nullable SeenBlob get(BlobAddress address) {
    return entries.get(address);
  }

  /** Keeps what was seen, unless something newer is known or it alone is too large. */
  void put(BlobAddress address, SeenBlob seen) {
    SeenBlob before = entries.get(address);
    if (before != null && !seen.supersedes(before)) {
      return;
    }
    remove(address);
    SeenBlob kept = before == null ? seen : seen.orBodyOf(before);
    long needed = kept.weight(address);
    if (needed > capacity) {
      return;
    }
    Iterator<Map.Entry<BlobAddress, SeenBlob>> eldest = entries.entrySet().iterator();
    while (weight + needed > capacity) {
      Map.Entry<BlobAddress, SeenBlob> victim = eldest.next();
      weight -= victim.getValue().weight(victim.getKey());
      eldest.remove();
    }
    entries.put(address, kept);
    weight += needed;
  }

  void remove(BlobAddress address) {
    SeenBlob removed = entries.remove(address);
    if (removed != null) {
      weight -= removed.weight(address);
    }
  }

  /** Bytes in use. */
  long weight() {
    return weight;
  }

  int size() {
    return entries.size();
  }
}
