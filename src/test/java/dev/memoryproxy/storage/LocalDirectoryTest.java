package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Taking, making and refusing a {@code DATA_DIR}. */
@Timeout(120)
class LocalDirectoryTest {
  private final Path temp;
  private final Path dataDir;
  private final Vertx vertx = Vertx.vertx();

  LocalDirectoryTest(@TempDir Path temp) {
    this.temp = temp;
    this.dataDir = temp.resolve("made/on/demand");
  }

  @AfterEach
  void stop() {
    vertx.close().await();
  }

  /** Tries to open the directory in the first argument and says how that went. */
  static final class Other {
    private Other() {}

    public static void main(String[] args) {
      Vertx vertx = Vertx.vertx();
      String outcome =
          LocalObjectStore.open(vertx, Path.of(args[0]), TimeSource.SYSTEM)
              .compose(LocalObjectStore::close)
              .map(closed -> "opened")
              .otherwise(Throwable::getMessage)
              .await();
      System.out.println(outcome);
      vertx.close().await();
    }
  }

  @Test
  void aMissingDirectoryIsMadeForItsOwnerOnly() throws IOException {
    close(open());
    assertThat(dataDir.resolve("objects")).isDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(dataDir)))
        .isEqualTo("rwx------");
  }

  @Test
  void aSecondProcessIsRefusedUntilTheFirstCloses() throws Exception {
    LocalObjectStore store = open();
    String refusal = otherProcess();
    assertThat(refusal)
        .contains(dataDir.toString(), "pid " + ProcessHandle.current().pid(), "stop that one");
    close(store);
    assertThat(otherProcess()).isEqualTo("opened");
  }

  @Test
  void aSecondStoreOfThisProcessIsRefusedAndLeavesTheLockAlone() throws Exception {
    LocalObjectStore store = open();
    StoreException refusal = refusal();
    assertThat(refusal.kind()).isEqualTo(StoreException.Kind.BUSY);
    assertThat(refusal).hasMessageContaining(dataDir.toString());
    // Opening the lock file a second time here would have dropped the lock for everybody.
    assertThat(otherProcess()).contains("in use");
    close(store);
    close(open());
  }

  @Test
  void closingTwiceTakesNothingFromTheNextStore() {
    LocalObjectStore first = open();
    close(first);
    LocalObjectStore second = open();
    close(first);
    assertThat(refusal()).hasMessageContaining("in use");
    close(second);
  }

  @Test
  void aLinkToATakenDirectoryIsTakenToo() throws IOException {
    LocalObjectStore store = open();
    Path link = Files.createSymbolicLink(temp.resolve("link"), dataDir);
    assertThatThrownBy(() -> LocalObjectStore.open(vertx, link, TimeSource.SYSTEM).await())
        .hasMessageContaining("in use");
    close(store);
  }

  @Test
  void aFileIsNoDataDir() throws IOException {
    Files.createDirectories(dataDir.getParent());
    Files.writeString(dataDir, "x");
    assertThat(refusal()).hasMessageContaining(dataDir + " is a file");
  }

  @Test
  void anUnwritableDirectorySaysWhatToDo() {
    LocalDisk readOnly =
        new LocalDisk() {
          @Override
          void makeDirectory(Path directory) throws IOException {
            throw new AccessDeniedException(directory.toString());
          }
        };
    StoreException refusal = refusal(readOnly);
    assertThat(refusal.kind()).isEqualTo(StoreException.Kind.DENIED);
    assertThat(refusal)
        .hasMessageContaining(dataDir.toString())
        .hasMessageContaining("write access");
  }

  @Test
  void anUnknownLayoutIsRefusedAndNotTouched() throws IOException {
    close(open());
    Path format = dataDir.resolve("format.json");
    for (String text :
        new String[] {
          "{\"format\":\"memory-proxy-local\",\"version\":2,\"portable_names\":false}",
          "{\"format\":\"other\",\"version\":1,\"portable_names\":false}",
          "{\"version\":1}",
          "[]",
          "not json",
          ""
        }) {
      Files.writeString(format, text);
      StoreException refusal = refusal();
      assertThat(refusal).as(text).hasMessageContaining(dataDir.toString());
      assertThat(refusal.getMessage()).as(text).containsAnyOf("release", "restore");
      assertThat(format).hasContent(text);
    }
  }

  @Test
  void objectsWithoutTheirFormatAreRefused() throws IOException {
    close(open());
    Files.createDirectory(dataDir.resolve("objects/a"));
    Files.delete(dataDir.resolve("format.json"));
    assertThat(refusal()).hasMessageContaining("no format.json");
  }

  @Test
  void namesThatRelyOnCaseAreRefusedWhereCaseIsFolded() {
    close(open());
    assertThat(refusal(new FoldingDisk())).hasMessageContaining("README from readme");
  }

  @Test
  void portableNamesStayPortableEverywhere() throws IOException {
    LocalObjectStore portable = open(new FoldingDisk());
    put(portable, "README");
    close(portable);

    LocalObjectStore moved = open();
    assertThat(moved.head("README").await()).isPresent();
    put(moved, "Other");
    close(moved);
    assertThat(dataDir.resolve("objects/%4fther.blob")).exists();
  }

  @Test
  void theProbeSeesWhatThisFileSystemDoes() throws IOException {
    Files.createDirectories(dataDir);
    Path lower = Files.createFile(temp.resolve("case"));
    boolean folds = Files.exists(temp.resolve("CASE"));
    Files.delete(lower);
    assertThat(new LocalDisk().needsPortableNames(dataDir)).isEqualTo(folds);
    assertThat(dataDir).isEmptyDirectory();
  }

  @Test
  void whatACrashLeftInIncomingIsRemovedAndNothingElse() throws IOException {
    close(open());
    Path left = Files.writeString(dataDir.resolve("incoming/half.tmp"), "half an obj");
    Path foreign = Files.writeString(dataDir.resolve("mine.tmp"), "not yours");
    LocalObjectStore store = open();
    assertThat(left).doesNotExist();
    assertThat(foreign).exists();
    assertThat(store.list("", "", 10).await().objects()).isEmpty();
    close(store);
  }

  @Test
  void aFailedStartLeavesTheDirectoryFree() throws IOException {
    close(open());
    Path format = dataDir.resolve("format.json");
    String good = Files.readString(format);
    Files.writeString(format, "{}");
    refusal();
    Files.writeString(format, good);
    close(open());
  }

  private static final class FoldingDisk extends LocalDisk {
    @Override
    boolean needsPortableNames(Path directory) {
      return true;
    }
  }

  private LocalObjectStore open() {
    return open(new LocalDisk());
  }

  private LocalObjectStore open(LocalDisk disk) {
    return LocalObjectStore.open(vertx, dataDir, TimeSource.SYSTEM, disk).await();
  }

  private StoreException refusal() {
    return refusal(new LocalDisk());
  }

  private StoreException refusal(LocalDisk disk) {
    return catchThrowableOfType(StoreException.class, () -> close(open(disk)));
  }

  private static void close(LocalObjectStore store) {
    store.close().await();
  }

  private static void put(LocalObjectStore store, String key) {
    store
        .put(
            key,
            Payload.empty(),
            new ObjectAttributes("text/plain", Map.of()),
            new WriteCondition.IfAbsent())
        .await();
  }

  private String otherProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Other.class.getName(),
                dataDir.toString())
            .redirectErrorStream(true)
            .start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return output.strip().substring(output.strip().lastIndexOf('\n') + 1);
    } finally {
      process.destroyForcibly();
    }
  }
}
