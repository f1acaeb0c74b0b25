package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A local store whose directory is not what it should be. */
class LocalStorePlaceTest {
  private static final ObjectAttributes TEXT = new ObjectAttributes("text/markdown", Map.of());

  private final Vertx vertx = Vertx.vertx();
  private final Path directory;
  private final Path objects;
  private ObjectStore store;

  LocalStorePlaceTest(@TempDir Path directory) {
    this.directory = directory;
    this.objects = directory.resolve("data/objects");
    this.store = LocalObjectStore.open(vertx, directory.resolve("data"), TimeSource.SYSTEM).await();
  }

  @AfterEach
  void stop() {
    store.close().await();
    vertx.close().await();
  }

  private void put(String key, String content) {
    store
        .put(
            key,
            Payload.of(content.getBytes(StandardCharsets.UTF_8)),
            TEXT,
            new WriteCondition.None())
        .await();
  }

  @Test
  void aForeignFileInTheWayOfADirectoryIsNamed() throws IOException {
    Files.writeString(objects.resolve("a"), "by hand");
    for (Future<?> call :
        List.of(
            store.head("a/b"),
            store.put("a/b", Payload.empty(), TEXT, new WriteCondition.None()))) {
      assertThatThrownBy(() -> call.await())
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DAMAGED))
          .hasMessageContaining(objects.resolve("a").toString())
          .hasMessageContaining("move it away");
    }
  }

  @Test
  void nothingIsKnownWhileTheDirectoryIsGone() throws IOException {
    put("a/b", "1");
    Path elsewhere = directory.resolve("elsewhere");
    Files.move(directory.resolve("data"), elsewhere);
    for (Future<?> call :
        List.of(
            store.head("a/b"),
            store.head("never"),
            store.get("a/b"),
            store.getRange("a/b", "x", 0, 1),
            store.list("", "", 10),
            store.put("a/b", Payload.empty(), TEXT, new WriteCondition.None()),
            store.delete("a/b", new WriteCondition.None()))) {
      assertThatThrownBy(() -> call.await())
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNREACHABLE))
          .hasMessageContaining(directory.resolve("data/objects") + " is gone");
    }
    assertThat(directory.resolve("data")).doesNotExist();
    Files.move(elsewhere, directory.resolve("data"));
    assertThat(store.getWhole("a/b", 10).await().orElseThrow().bytes().toString()).isEqualTo("1");
  }

  @Test
  void onlyAStoreIsOpenedAsAnExistingOne() throws IOException {
    store.close().await();
    store =
        LocalObjectStore.openExisting(vertx, directory.resolve("data"), TimeSource.SYSTEM).await();
    Path other = Files.createDirectory(directory.resolve("other"));
    for (Path typo : List.of(directory.resolve("date"), other)) {
      assertThatThrownBy(
              () -> LocalObjectStore.openExisting(vertx, typo, TimeSource.SYSTEM).await())
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.NO_BUCKET))
          .hasMessageContaining("DATA_DIR " + typo);
    }
    assertThat(directory.resolve("date")).doesNotExist();
    assertThat(other).isEmptyDirectory();
  }
}
