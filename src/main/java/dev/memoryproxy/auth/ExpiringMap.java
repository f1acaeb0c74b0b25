package dev.memoryproxy.auth;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values that all live equally long, a bounded number of them: beyond it the oldest goes first,
 * which is also the next to expire. Thread-safe; times are {@code TimeSource.monotonicNanos}.
 */
final class ExpiringMap<K, V> {
  private final int capacity;
  private final long lifetimeNanos;
  private final Map<K, Timed<V>> entries = new LinkedHashMap<>();

  ExpiringMap(int capacity, Duration lifetime) {
    this.capacity = capacity;
    this.lifetimeNanos = lifetime.toNanos();
  }

  private record Timed<V>(V value, long since) {}

  /** The value; null when there is none or its time is up. */
  synchronized @Nullable V get(K key, long now) {
    Timed<V> entry = entries.get(key);
    return entry == null || isOver(entry, now) ? null : entry.value();
  }

  synchronized void put(K key, V value, long now) {
    entries.remove(key);
    entries.put(key, new Timed<>(value, now));
    Iterator<Timed<V>> oldest = entries.values().iterator();
    while (oldest.hasNext() && (isOver(oldest.next(), now) || entries.size() > capacity)) {
      oldest.remove();
    }
  }

  synchronized int size() {
    return entries.size();
  }

  private boolean isOver(Timed<V> entry, long now) {
    return now - entry.since() >= lifetimeNanos;
  }
}
