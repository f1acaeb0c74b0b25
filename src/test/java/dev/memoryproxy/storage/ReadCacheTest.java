package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.Mark;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadCacheTest {
  private static BlobAddress address(int number) {
    return new BlobAddress(Namespace.DEFAULT, BlobPath.parse("notes/" + number + ".md"));
  }

  private static SeenBlob seen(long version, @Nullable Buffer body, long millis) {
    long size = body == null ? 1_000_000 : body.length();
    StoredBlob state =
        new StoredBlob(
            Md5.OF_NOTHING, Md5.OF_NOTHING, size, version, "w" + version, false, 1, "text/plain");
    return new SeenBlob(state, body, new Mark(millis, millis * 1_000_000));
  }

  private static SeenBlob seen(int bytes, long millis) {
    return seen(1, Buffer.buffer(new byte[bytes]), millis);
  }

  /** Holds the cache against a plain map in order of use. */
  @Test
  void neverKeepsMoreThanItMayAndDropsWhatWasUsedLongestAgo() {
    for (long seed = 1; seed <= 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      long capacity = random.nextLong(1, 200_000);
      ReadCache cache = new ReadCache(capacity);
      LinkedHashMap<BlobAddress, SeenBlob> model = new LinkedHashMap<>(16, 0.75f, true);
      for (int step = 0; step < 400; step++) {
        BlobAddress address = address(random.nextInt(30));
        switch (random.nextInt(4)) {
          case 0 -> assertThat(cache.get(address)).isSameAs(model.get(address));
          case 1 -> {
            cache.remove(address);
            model.remove(address);
          }
          default -> {
            SeenBlob made = seen(random.nextInt(random.nextBoolean() ? 500 : 65_537), step);
            cache.put(address, made);
            put(model, address, made, capacity);
          }
        }
        assertThat(cache.weight()).as("seed %d", seed).isEqualTo(weight(model));
        assertThat(cache.weight()).as("seed %d", seed).isBetween(0L, capacity);
        assertThat(cache.size()).as("seed %d", seed).isEqualTo(model.size());
      }
    }
  }

  private static void put(
      Map<BlobAddress, SeenBlob> model, BlobAddress address, SeenBlob made, long capacity) {
    model.remove(address);
    if (made.weight(address) > capacity) {
      return;
    }
    List<BlobAddress> eldest = new ArrayList<>(model.keySet());
    for (int i = 0; weight(model) + made.weight(address) > capacity; i++) {
      model.remove(eldest.get(i));
    }
    model.put(address, made);
  }

  private static long weight(Map<BlobAddress, SeenBlob> model) {
    return model.entrySet().stream().mapToLong(kept -> kept.getValue().weight(kept.getKey())).sum();
  }

  @Test
  void anOlderReplyThatComesLateReplacesNothing() {
    ReadCache cache = new ReadCache(10_000);
    SeenBlob newer = seen(2, Buffer.buffer("new"), 20);
    cache.put(address(1), newer);
    cache.put(address(1), seen(1, Buffer.buffer("old"), 10));
    assertThat(cache.get(address(1))).isSameAs(newer);
  }

  @Test
  void seeingAStateAgainKeepsItsBody() {
    ReadCache cache = new ReadCache(10_000);
    SeenBlob read = seen(1, Buffer.buffer("body"), 10);
    cache.put(address(1), read);
    cache.put(address(1), new SeenBlob(read.state(), null, new Mark(20, 20_000_000)));
    SeenBlob kept = cache.get(address(1));
    assertThat(kept).isNotNull();
    assertThat(kept.body()).isEqualTo(Buffer.buffer("body"));
    assertThat(kept.at().wallMillis()).isEqualTo(20);
    cache.put(address(1), seen(2, null, 30));
    SeenBlob other = cache.get(address(1));
    assertThat(other).isNotNull();
    assertThat(other.body()).isNull();
  }

  @Test
  void weighsAtLeastTheHeapThatItTakes() {
    int files = 20_000;
    ReadCache cache = new ReadCache(Long.MAX_VALUE);
    long before = usedHeap();
    for (int i = 0; i < files; i++) {
      StoredBlob state =
          new StoredBlob(
              hex(i), hex(i + 1), 100, i, hex(i + 2), false, i, new String("text/markdown"));
      cache.put(address(i), new SeenBlob(state, Buffer.buffer(new byte[100]), new Mark(i, i)));
    }
    long taken = usedHeap() - before;
    System.out.printf(
        "a cached file: %d bytes of heap, counted as %d%n", taken / files, cache.weight() / files);
    assertThat(taken).isLessThan(cache.weight());
    assertThat(cache.size()).isEqualTo(files);
  }

  private static String hex(long number) {
    return "%032x".formatted(number);
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
