package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a crash, a loss of power and a full disk leave behind. */
@Timeout(120)
class LocalDurabilityTest {
  private static final WriteCondition ALWAYS = new WriteCondition.None();

  private final Path temp;
  private final Vertx vertx = Vertx.vertx();

  LocalDurabilityTest(@TempDir Path temp) {
    this.temp = temp;
  }

  @AfterEach
  void stop() {
    vertx.close().await();
  }

  /** One change; a null content deletes. */
  private record Step(String key, Optional<String> content) {}

  private static final List<Step> BEFORE =
      List.of(put("a/b/c.md", "old"), put("x/y.md", "will go"), put("top", "stays"));

  private static final List<Step> DURING =
      List.of(
          put("n/e/w.md", "new"),
          put("a/b/c.md", "replaced"),
          delete("x/y.md"),
          put("x/y.md", "again"),
          put("n/e/w.md", "newer"),
          delete("n/e/w.md"),
          put("a", "beside its directory"));

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whateverStepACrashCutsOffWhatWasAcknowledgedIsThere(boolean powerLost) throws IOException {
    boolean cut = true;
    int steps = 0;
    for (; cut; steps++) {
      Path dir = Files.createDirectory(temp.resolve("crash-" + steps));
      PowerLossDisk disk = new PowerLossDisk(Files.createDirectory(dir.resolve("backups")));
      Path dataDir = dir.resolve("data");
      Map<String, Set<Optional<String>>> allowed = new HashMap<>();
      LocalObjectStore store = open(dataDir, disk);
      for (Step step : BEFORE) {
        apply(store, step).await();
        allowed.put(step.key(), Set.of(step.content()));
      }
      disk.cutPowerAfter(steps);
      for (Step step : DURING) {
        Set<Optional<String>> before = allowed.getOrDefault(step.key(), Set.of(Optional.empty()));
        boolean acknowledged = succeeds(apply(store, step));
        allowed.put(
            step.key(), acknowledged ? Set.of(step.content()) : union(before, step.content()));
      }
      cut = disk.powerIsCut();
      store.close().await();
      if (powerLost) {
        disk.loseUnsynced();
      }

      LocalObjectStore recovered = open(dataDir, new LocalDisk());
      assertThatOnlyAllowedIsThere(recovered, allowed, "cut before step " + steps);
      assertThat(dataDir.resolve("incoming")).isEmptyDirectory();
      recovered.close().await();
    }
    assertThat(steps).as("steps that a crash can cut off").isGreaterThan(30);
  }

  @Test
  void aDirectoryThatAnotherWriterIsStillMakingIsNotReliedUpon() throws Exception {
    Path backups = Files.createDirectory(temp.resolve("backups"));
    Path dataDir = temp.resolve("data");
    PowerLossDisk disk = new PowerLossDisk(backups);
    CountDownLatch parked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    LocalDisk parking =
        new Delegate(disk) {
          private final AtomicBoolean first = new AtomicBoolean(true);

          @Override
          void forceDirectory(Path directory) throws IOException {
            if (Files.exists(dataDir.resolve("objects/new")) && first.getAndSet(false)) {
              parked.countDown();
              awaitLatch(goOn);
            }
            super.forceDirectory(directory);
          }
        };
    LocalObjectStore store = open(dataDir, parking);
    Future<?> slow = apply(store, put("new/slow", "1"));
    awaitLatch(parked);

    apply(store, put("new/fast", "2")).await();
    disk.cutPowerAfter(0);
    goOn.countDown();
    assertThat(succeeds(slow)).isFalse();
    store.close().await();
    disk.loseUnsynced();

    LocalObjectStore recovered = open(dataDir, new LocalDisk());
    assertThat(content(recovered, "new/fast")).contains("2");
    recovered.close().await();
  }

  @Test
  void noDirectoryIsRemovedWhileAFileMovesIntoOne() {
    AtomicInteger moving = new AtomicInteger();
    AtomicInteger removedMeanwhile = new AtomicInteger();
    LocalDisk disk =
        new LocalDisk() {
          @Override
          void rename(Path from, Path to) throws IOException {
            moving.incrementAndGet();
            super.forceDirectory(temp); // Takes its time, and others theirs.
            super.rename(from, to);
            moving.decrementAndGet();
          }

          @Override
          void delete(Path path) throws IOException {
            if (Files.isDirectory(path) && moving.get() > 0) {
              removedMeanwhile.incrementAndGet();
            }
            super.delete(path);
          }
        };
    LocalObjectStore store = open(temp.resolve("data"), disk);
    Future.all(
            Stream.iterate(0, i -> i + 1)
                .limit(16)
                .map(i -> putAndDelete(store, "d/e/" + i, 40))
                .toList())
        .await();
    assertThat(removedMeanwhile).hasValue(0);
    assertThat(temp.resolve("data/objects")).isEmptyDirectory();
    store.close().await();
  }

  private static Future<?> putAndDelete(LocalObjectStore store, String key, int times) {
    return times == 0
        ? Future.succeededFuture()
        : apply(store, put(key, "x"))
            .compose(done -> apply(store, delete(key)))
            .compose(done -> putAndDelete(store, key, times - 1));
  }

  /** Where the device can turn out to be full. */
  enum Full {
    CREATE,
    WRITE,
    FORCE,
    MAKE_DIRECTORY,
    RENAME
  }

  @ParameterizedTest
  @EnumSource(Full.class)
  void aFullDiskSaysSoAndLeavesNothingHalf(Full where) {
    Path dataDir = temp.resolve("data");
    FullDisk disk = new FullDisk();
    LocalObjectStore store = open(dataDir, disk);
    apply(store, put("a", "before")).await();

    disk.full = where;
    for (String key : List.of("a", "new/directory/b")) {
      if (where == Full.MAKE_DIRECTORY && key.equals("a")) {
        continue;
      }
      StoreException failure =
          catchThrowableOfType(
              StoreException.class, () -> apply(store, put(key, "x".repeat(100_000))).await());
      assertThat(failure.kind()).isEqualTo(StoreException.Kind.NO_SPACE);
      assertThat(failure).hasMessageContaining("no space is left").hasMessageContaining(key);
    }

    assertThat(content(store, "a")).contains("before");
    assertThat(store.list("", "", 10).await().objects()).hasSize(1);
    assertThat(dataDir.resolve("incoming")).isEmptyDirectory();
    disk.full = null;
    apply(store, put("new/directory/b", "after")).await();
    assertThat(content(store, "new/directory/b")).contains("after");
    store.close().await();
  }

  @ParameterizedTest
  @ValueSource(strings = {"put", "delete"})
  void aDirectoryThatCannotBeSyncedIsAmbiguous(String change) {
    FullDisk disk = new FullDisk();
    LocalObjectStore store = open(temp.resolve("data"), disk);
    apply(store, put("a", "before")).await();
    disk.failSync = true;

    StoreException failure =
        catchThrowableOfType(
            StoreException.class,
            () -> apply(store, change.equals("put") ? put("a", "after") : delete("a")).await());

    assertThat(failure.ambiguous()).isTrue();
    disk.failSync = false;
    assertThat(content(store, "a"))
        .isEqualTo(change.equals("put") ? Optional.of("after") : Optional.empty());
    store.close().await();
  }

  private static final class FullDisk extends LocalDisk {
    private volatile @Nullable Full full;
    private volatile boolean failSync;

    private void check(Full here) throws IOException {
      if (full == here) {
        throw new FileSystemException("file", null, "No space left on device");
      }
    }

    @Override
    FileChannel create(Path file) throws IOException {
      check(Full.CREATE);
      return super.create(file);
    }

    @Override
    void write(FileChannel file, ByteBuffer bytes) throws IOException {
      if (full == Full.WRITE) {
        super.write(file, bytes.slice(0, bytes.remaining() / 2));
        throw new IOException("No space left on device");
      }
      super.write(file, bytes);
    }

    @Override
    void force(FileChannel file) throws IOException {
      check(Full.FORCE);
      super.force(file);
    }

    @Override
    void makeDirectory(Path directory) throws IOException {
      check(Full.MAKE_DIRECTORY);
      super.makeDirectory(directory);
    }

    @Override
    void rename(Path from, Path to) throws IOException {
      check(Full.RENAME);
      super.rename(from, to);
    }

    @Override
    void forceDirectory(Path directory) throws IOException {
      if (failSync) {
        throw new IOException("Input/output error");
      }
      super.forceDirectory(directory);
    }
  }

  private static class Delegate extends LocalDisk {
    private final LocalDisk disk;

    Delegate(LocalDisk disk) {
      this.disk = disk;
    }

    @Override
    FileChannel create(Path file) throws IOException {
      return disk.create(file);
    }

    @Override
    void write(FileChannel file, ByteBuffer bytes) throws IOException {
      disk.write(file, bytes);
    }

    @Override
    void force(FileChannel file) throws IOException {
      disk.force(file);
    }

    @Override
    void makeDirectory(Path directory) throws IOException {
      disk.makeDirectory(directory);
    }

    @Override
    void forceDirectory(Path directory) throws IOException {
      disk.forceDirectory(directory);
    }

    @Override
    void rename(Path from, Path to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    void delete(Path path) throws IOException {
      disk.delete(path);
    }
  }

  private void assertThatOnlyAllowedIsThere(
      LocalObjectStore store, Map<String, Set<Optional<String>>> allowed, String when) {
    Set<String> listed =
        store.list("", "", 100).await().objects().stream()
            .map(Listing.Item::key)
            .collect(Collectors.toSet());
    allowed.forEach(
        (key, states) -> {
          Optional<String> content = content(store, key);
          assertThat(content).as("%s, %s", key, when).isIn(states);
          assertThat(listed.remove(key))
              .as("%s listed, %s", key, when)
              .isEqualTo(content.isPresent());
        });
    assertThat(listed).as(when).isEmpty();
  }

  private LocalObjectStore open(Path dataDir, LocalDisk disk) {
    return LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM, disk).await();
  }

  private static Step put(String key, String content) {
    return new Step(key, Optional.of(content));
  }

  private static Step delete(String key) {
    return new Step(key, Optional.empty());
  }

  private static Future<?> apply(LocalObjectStore store, Step step) {
    return step.content().isEmpty()
        ? store.delete(step.key(), ALWAYS)
        : store.put(
            step.key(),
            new Payload.InMemory(Buffer.buffer(step.content().get())),
            new ObjectAttributes("text/plain", Map.of()),
            ALWAYS);
  }

  private static boolean succeeds(Future<?> future) {
    return future.map(done -> true).otherwise(false).await();
  }

  private static <T> Set<T> union(Set<T> before, T one) {
    return Stream.concat(before.stream(), Stream.of(one)).collect(Collectors.toSet());
  }

  private static Optional<String> content(LocalObjectStore store, String key) {
    return store
        .getWhole(key, 1 << 20)
        .await()
        .map(
            whole -> {
              String md5 = Md5.of(whole.bytes().toString().getBytes(StandardCharsets.UTF_8));
              assertThat(whole.head().etag()).isEqualTo(md5);
              return whole.bytes().toString();
            });
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }
}
