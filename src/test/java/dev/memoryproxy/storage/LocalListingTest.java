package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Listings of the local store, of whole objects and of what else may lie among them. */
@Timeout(120)
class LocalListingTest {
  private static final long SEED = Long.getLong("seed", new Random().nextLong());
  private static final ObjectAttributes TEXT = new ObjectAttributes("text/plain", Map.of());
  private static final WriteCondition ALWAYS = new WriteCondition.None();
  private static final List<String> PIECES =
      List.of(
          "a",
          "b",
          "B",
          "a!",
          "a0",
          "/",
          "/",
          "/",
          "%",
          "-",
          ".",
          "..",
          ".blob",
          "\u00E9",
          "\uE000",
          "\uFFFD",
          "\uD800\uDC00",
          "\uD83D\uDE00",
          "n".repeat(200),
          "n".repeat(239),
          "n".repeat(240),
          "\u20AC".repeat(30));

  private final Path dataDir;
  private final Vertx vertx = Vertx.vertx();
  private final LocalObjectStore store;

  LocalListingTest(@TempDir Path dataDir) {
    this.dataDir = dataDir;
    this.store =
        LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM, new ForgetfulDisk()).await();
  }

  /** Without syncs, for tests of thousands of files. */
  private static final class ForgetfulDisk extends LocalDisk {
    @Override
    void force(FileChannel file) {}

    @Override
    void forceDirectory(Path directory) {}
  }

  @AfterEach
  void stop() {
    store.close().await();
    vertx.close().await();
  }

  @Test
  void orderIsThatOfUtf8Bytes() {
    Random random = new Random(SEED);
    Comparator<String> bytes =
        (left, right) ->
            Arrays.compareUnsigned(
                left.getBytes(StandardCharsets.UTF_8), right.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 10_000; i++) {
      String left = randomText(random, 4);
      String right = randomText(random, 4);
      assertThat(Integer.signum(ObjectKeys.ORDER.compare(left, right)))
          .as("seed %d: %s and %s", SEED, left, right)
          .isEqualTo(Integer.signum(bytes.compare(left, right)));
    }
  }

  @Test
  void everyPageIsWhatTheModelLists() {
    Random random = new Random(SEED);
    MemoryObjectStore model = new MemoryObjectStore(TimeSource.SYSTEM);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      String key = randomText(random, 5);
      if (key.getBytes(StandardCharsets.UTF_8).length <= ObjectKeys.MAX_BYTES) {
        keys.add(key);
        put(store, key).await();
        put(model, key).await();
      }
    }
    for (int i = 0; i < 60; i++) {
      String gone = keys.get(random.nextInt(keys.size()));
      store.delete(gone, ALWAYS).await();
      model.delete(gone, ALWAYS).await();
    }
    for (int i = 0; i < 600; i++) {
      String prefix = someStart(keys, random);
      String after = random.nextInt(3) == 0 ? "" : someStart(keys, random);
      int limit = random.nextInt(4) == 0 ? 1_000 : 1 + random.nextInt(8);
      Listing expected = model.list(prefix, after, limit).await();
      Listing actual = store.list(prefix, after, limit).await();
      assertThat(keys(actual))
          .as("seed %d: prefix %s after %s limit %d", SEED, prefix, after, limit)
          .isEqualTo(keys(expected));
      assertThat(actual.truncated()).isEqualTo(expected.truncated());
    }
  }

  @Test
  void pagesOfALargeDirectoryJoinWithoutGap() {
    List<Future<?>> puts = new ArrayList<>();
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 2_500; i++) {
      all.add(String.format("flat/%06d", i));
      puts.add(put(store, all.get(i)));
    }
    Future.all(puts).await();
    List<String> seen = new ArrayList<>();
    String after = "";
    for (boolean more = true; more; ) {
      Listing page = store.list("flat/", after, 700).await();
      seen.addAll(keys(page));
      more = page.truncated();
      after = seen.get(seen.size() - 1);
    }
    assertThat(seen).isEqualTo(all);
  }

  @Test
  void whatIsNoWholeObjectIsNeitherListedNorServedNorReplaced() throws IOException {
    for (String key : List.of("a", "cut", "d/grown", "edited", "z")) {
      put(store, key).await();
    }
    Path objects = dataDir.resolve("objects");
    truncate(objects.resolve("cut.blob"), 3);
    Files.writeString(objects.resolve("d/grown.blob"), "more", StandardOpenOption.APPEND);
    Path edited = objects.resolve("edited.blob");
    Files.writeString(
        edited,
        "longer " + Files.readString(edited, StandardCharsets.UTF_8),
        StandardCharsets.UTF_8);
    Files.copy(objects.resolve("a.blob"), objects.resolve("copied.blob"));
    Files.writeString(objects.resolve("foreign.blob"), "# not ours\n");
    Files.createFile(objects.resolve("empty.blob"));
    Files.createDirectory(objects.resolve("directory.blob"));

    assertThat(keys(store.list("", "", 1_000).await())).containsExactly("a", "z");
    for (String key :
        List.of("cut", "d/grown", "edited", "copied", "foreign", "empty", "directory")) {
      Path file = objects.resolve(key + ".blob");
      byte[] before = Files.isDirectory(file) ? new byte[0] : Files.readAllBytes(file);
      for (Future<?> call :
          List.of(
              store.head(key),
              store.get(key),
              store.put(key, Payload.empty(), TEXT, ALWAYS),
              store.put(key, Payload.empty(), TEXT, new WriteCondition.IfAbsent()),
              store.delete(key, ALWAYS))) {
        assertThatThrownBy(call::await)
            .as(key)
            .isInstanceOfSatisfying(
                StoreException.class,
                e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED))
            .hasMessageContaining(file.toString())
            .hasMessageContaining("restore it or move it away");
      }
      assertThat(file).exists();
      if (!Files.isDirectory(file)) {
        assertThat(Files.readAllBytes(file)).isEqualTo(before);
      }
    }
  }

  @Test
  void anyByteThatIsCutOffIsNoticed() throws IOException {
    put(store, "x").await();
    Path file = dataDir.resolve("objects/x.blob");
    for (long size = Files.size(file) - 1; size >= 0; size--) {
      truncate(file, size);
      assertThat(store.list("", "", 10).await().objects()).as("%d bytes left", size).isEmpty();
      assertThatThrownBy(() -> store.get("x").await()).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void aChangedTrailerIsNoticed() throws IOException {
    put(store, "x").await();
    Path file = dataDir.resolve("objects/x.blob");
    String good = Files.readString(file);
    Files.writeString(file, good.replace("text/plain", "text/plane"));
    assertThatThrownBy(() -> store.head("x").await()).hasMessageContaining("metadata was changed");
  }

  @Test
  void foreignFilesAreLeftAlone() throws IOException {
    put(store, "a").await();
    Path objects = dataDir.resolve("objects");
    List<Path> foreign =
        List.of(
            objects.resolve(".DS_Store"),
            objects.resolve("notes.md"),
            objects.resolve("%zz.blob"),
            objects.resolve("%41.blob"));
    for (Path file : foreign) {
      Files.writeString(file, "x");
    }
    // The right content under a name that the key would not get.
    Files.move(objects.resolve("a.blob"), objects.resolve("%61.blob"));
    put(store, "a").await();

    assertThat(keys(store.list("", "", 10).await())).containsExactly("a");
    assertThat(foreign).allSatisfy(file -> assertThat(file).exists());
    assertThat(store.head("notes.md").await()).isEmpty();
    assertThat(store.head("A").await()).isEmpty();
  }

  private static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private static Future<PutResult> put(ObjectStore store, String key) {
    return store.put(key, new Payload.InMemory(Buffer.buffer("content")), TEXT, ALWAYS);
  }

  private static List<String> keys(Listing listing) {
    return listing.objects().stream().map(Listing.Item::key).toList();
  }

  private static String randomText(Random random, int most) {
    return Stream.generate(() -> PIECES.get(random.nextInt(PIECES.size())))
        .limit(1 + random.nextInt(most))
        .reduce("", String::concat);
  }

  /** The beginning of a key, or all of it, or a text near it. */
  private static String someStart(List<String> keys, Random random) {
    String key = keys.get(random.nextInt(keys.size()));
    int end = key.offsetByCodePoints(0, random.nextInt(key.codePointCount(0, key.length()) + 1));
    return random.nextInt(4) == 0 ? randomText(random, 3) : key.substring(0, end);
  }
}
