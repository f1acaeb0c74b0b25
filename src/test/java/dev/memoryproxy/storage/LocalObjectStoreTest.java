package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalObjectStoreTest extends ObjectStoreContract {
  private static final ObjectAttributes TEXT =
      new ObjectAttributes("text/markdown", Map.of("version", "7"));
  private static final WriteCondition ALWAYS = new WriteCondition.None();
  private static final int LARGE = 300_000;

  final Path dataDir;

  LocalObjectStoreTest(@TempDir Path dataDir) {
    this.dataDir = dataDir;
  }

  @Override
  ObjectStore openStore(Vertx vertx) {
    return await(LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM));
  }

  @Test
  void aFileShowsItsContentFirstAndIsTextWhenTheContentIs() throws IOException {
    put("notes/todo.md", "# To do\n- milk\n");

    byte[] file = Files.readAllBytes(only("todo.md.blob"));
    String text = new String(file, StandardCharsets.UTF_8);
    assertThat(text)
        .startsWith("# To do\n- milk\n\n{")
        .endsWith("\n")
        .contains("\"version\":\"7\"");
    for (byte b : file) {
      assertThat(b).as("grep takes a file with NUL for binary").isNotZero();
    }
  }

  @Test
  void theRecordedTimeCountsAndNotTheFiles() throws IOException {
    put("x", "x");
    long before = await(store.head("x")).orElseThrow().lastModified();
    assertThat(only("x.blob").toFile().setLastModified(1_000)).isTrue();

    assertThat(await(store.head("x")).orElseThrow().lastModified()).isEqualTo(before);
    assertThat(await(store.list("", "", 1)).objects().get(0).lastModified()).isEqualTo(before);
  }

  @Test
  void everythingIsThereAfterReopening() {
    put("a", "1");
    put("a/b", "2");
    ObjectHead before = await(store.head("a/b")).orElseThrow();
    await(store.close());
    store = openStore(vertx);

    assertThat(await(store.getWhole("a/b", 10)).orElseThrow().bytes().toString()).isEqualTo("2");
    ObjectHead after = await(store.head("a/b")).orElseThrow();
    assertThat(after.lastModified()).isEqualTo(before.lastModified());
    assertThat(after.metadata()).isEqualTo(TEXT.metadata());
    assertThat(await(store.list("", "", 10)).objects()).hasSize(2);
  }

  @Test
  void anOpenReadGoesOnWhileItsKeyIsReplacedAndDeleted() {
    putLarge("x");
    byte[] before = large();
    ObjectContent content = await(store.get("x")).orElseThrow();
    Buffer all = Buffer.buffer();
    Promise<Void> firstChunk = Promise.promise();
    Promise<Void> done = Promise.promise();
    ReadStream<Buffer> stream = content.stream().pause();
    stream.exceptionHandler(done::tryFail);
    stream.endHandler(done::tryComplete);
    stream.handler(
        chunk -> {
          all.appendBuffer(chunk);
          firstChunk.tryComplete();
        });
    stream.fetch(1);
    await(firstChunk.future());

    put("x", "another");
    await(store.delete("x", ALWAYS));
    stream.resume();

    await(done.future());
    assertThat(Arrays.equals(all.getBytes(), before)).isTrue();
  }

  @Test
  void noFileStaysOpenAfterAContentIsDoneWith() throws IOException {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")), "open files are counted on Linux only");
    putLarge("x");
    String etag = await(store.head("x")).orElseThrow().etag();
    ObjectContent held = await(store.get("x")).orElseThrow();
    assertThat(openFiles()).anyMatch(name -> name.endsWith("x.blob"));

    held.discard();
    await(await(store.get("x")).orElseThrow().bytes());
    await(store.getRange("x", "another", 0, 1));
    assertThatThrownBy(() -> await(store.getRange("x", etag, 0, LARGE)))
        .isInstanceOf(StoreException.class);
    // As a pipe does when its target fails: the first chunk, then no handler any more.
    Promise<Void> givenUp = Promise.promise();
    ReadStream<Buffer> stream = await(store.get("x")).orElseThrow().stream();
    stream.handler(
        chunk -> {
          stream.handler(null);
          stream.resume();
          givenUp.tryComplete();
        });
    await(givenUp.future());

    await(store.close()); // Waits for what closes files.
    assertThat(openFiles()).isEmpty();
  }

  @Test
  void aFileThatSomebodyCutsWhileItIsReadFailsTheStream() throws IOException {
    putLarge("x");
    ObjectContent content = await(store.get("x")).orElseThrow();
    try (FileChannel file = FileChannel.open(only("x.blob"), StandardOpenOption.WRITE)) {
      file.truncate(LARGE / 2);
    }
    assertThatThrownBy(() -> await(content.bytes()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("read x");
  }

  @Test
  void aContentIsUsedOnce() {
    put("x", "x");
    ObjectContent content = await(store.get("x")).orElseThrow();
    content.discard();
    assertThatThrownBy(content::stream).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void emptiedDirectoriesGo() throws IOException {
    put("a/b/c/d", "x");
    put("a/e", "x");
    await(store.delete("a/b/c/d", ALWAYS));

    assertThat(objects().resolve("a/b")).doesNotExist();
    assertThat(objects().resolve("a/e.blob")).exists();
    await(store.delete("a/e", ALWAYS));
    assertThat(objects()).isEmptyDirectory();
  }

  @Test
  void removingADirectoryByHandOnlyLosesWhatWasInIt() throws IOException {
    put("a/b", "1");
    Files.delete(only("b.blob"));
    Files.delete(objects().resolve("a"));

    assertThat(await(store.head("a/b"))).isEmpty();
    put("a/b", "2");
    assertThat(await(store.getWhole("a/b", 10)).orElseThrow().bytes().toString()).isEqualTo("2");
  }

  @Test
  void aClosedStoreSaysSo() {
    await(store.close());
    assertThatThrownBy(() -> await(store.head("x")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
    await(store.close());
  }

  @Test
  void keysThatS3RefusesAreRefused() {
    for (String key : List.of("", "k".repeat(1025), "lone \uD800 surrogate")) {
      assertThatThrownBy(() -> put(key, "x"))
          .isInstanceOfSatisfying(
              StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.OTHER));
    }
    assertThat(await(store.list("", "", 10)).objects()).isEmpty();
  }

  @Test
  void aSpooledFileOfAnotherSizeIsNotStored() throws IOException {
    Path spooled = Files.writeString(dataDir.resolve("spooled"), "12345");
    for (long announced : List.of(4L, 6L)) {
      assertThatThrownBy(
              () -> await(store.put("x", new Payload.Spooled(spooled, announced), TEXT, ALWAYS)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("5 bytes");
    }
    assertThat(await(store.head("x"))).isEmpty();
    assertThat(dataDir.resolve("incoming")).isEmptyDirectory();
  }

  private void put(String key, String content) {
    assertThat(await(store.put(key, bytes(content), TEXT, ALWAYS)).status())
        .isEqualTo(PutResult.Status.STORED);
  }

  private void putLarge(String key) {
    await(store.put(key, new Payload.InMemory(Buffer.buffer(large())), TEXT, ALWAYS));
  }

  private static byte[] large() {
    byte[] bytes = new byte[LARGE];
    for (int i = 0; i < LARGE; i++) {
      bytes[i] = (byte) (i % 251);
    }
    return bytes;
  }

  private Path objects() {
    return dataDir.resolve("objects");
  }

  private Path only(String name) throws IOException {
    try (Stream<Path> files = Files.walk(objects())) {
      return files.filter(file -> file.endsWith(name)).findAny().orElseThrow();
    }
  }

  private List<String> openFiles() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(LocalObjectStoreTest::target)
          .filter(target -> target.startsWith(dataDir.toString()))
          .toList();
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "closed meanwhile";
    }
  }
}
