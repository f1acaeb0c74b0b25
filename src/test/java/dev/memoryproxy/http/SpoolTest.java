package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private final Path directory;
  private final Vertx vertx = Vertx.vertx();

  SpoolTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  private void open(Spool spool) throws Exception {
    spool.open(vertx).await(20, TimeUnit.SECONDS);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void whatADeadProcessLeftIsSweptAndForeignFilesStay() throws Exception {
    Files.createFile(directory.resolve("memory-proxy-1-2-dead.lock"));
    Files.createFile(directory.resolve("memory-proxy-1-2-dead-1.spool"));
    Files.createFile(directory.resolve("memory-proxy-1-2-dead-2.spool"));
    Files.createFile(directory.resolve("memory-proxy-9-9-orphan-1.spool"));
    Files.createFile(directory.resolve("notes.spool"));
    Files.createFile(directory.resolve("memory-proxy-notes.txt"));
    Spool spool = new Spool(directory, new UploadGate(1, 1));
    open(spool);
    assertThat(names())
        .contains("notes.spool", "memory-proxy-notes.txt")
        .noneMatch(name -> name.contains("dead") || name.contains("orphan"));
    spool.close(vertx).await(20, TimeUnit.SECONDS);
    assertThat(names()).containsExactly("memory-proxy-notes.txt", "notes.spool");
  }

  @Test
  void filesOfAnotherLivingProcessAreLeftAlone() throws Exception {
    Process other = LockHolder.start(directory.resolve("memory-proxy-1-2-alive.lock"));
    try {
      Files.createFile(directory.resolve("memory-proxy-1-2-alive-1.spool"));
      Spool spool = new Spool(directory, new UploadGate(1, 1));
      open(spool);
      assertThat(names()).contains("memory-proxy-1-2-alive.lock", "memory-proxy-1-2-alive-1.spool");
      spool.close(vertx).await(20, TimeUnit.SECONDS);
    } finally {
      other.destroyForcibly().waitFor();
    }
    Spool next = new Spool(directory, new UploadGate(1, 1));
    open(next);
    next.close(vertx).await(20, TimeUnit.SECONDS);
    assertThat(names()).isEmpty();
  }

  @Test
  void secondSpoolOfThisProcessLeavesTheFirstAlone() throws Exception {
    Spool first = new Spool(directory, new UploadGate(1, 1));
    open(first);
    Path file = first.newFile();
    Spool.create(vertx, file).compose(open -> open.close()).await(20, TimeUnit.SECONDS);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Spool second = new Spool(directory, new UploadGate(1, 1));
    open(second);
    assertThat(file).exists();
    assertThat(second.newFile()).isNotEqualTo(first.newFile());
    Spool.remove(vertx, file).await(20, TimeUnit.SECONDS);
    assertThat(file).doesNotExist();
  }

  @Test
  void isClaimedOnceAndReleasedByTheLastUser() throws Exception {
    Spool spool = new Spool(directory, new UploadGate(1, 1));
    Future.all(spool.open(vertx), spool.open(vertx), spool.open(vertx)).await(20, TimeUnit.SECONDS);
    assertThat(names()).hasSize(1);
    spool.close(vertx).await(20, TimeUnit.SECONDS);
    spool.close(vertx).await(20, TimeUnit.SECONDS);
    assertThat(names()).hasSize(1);
    spool.close(vertx).await(20, TimeUnit.SECONDS);
    assertThat(names()).isEmpty();
    open(spool);
    assertThat(names()).hasSize(1);
  }

  @Test
  void unusableDirectoryFailsTheStart() throws Exception {
    Path file = Files.createFile(directory.resolve("a-file"));
    Spool spool = new Spool(file, new UploadGate(1, 1));
    assertThatThrownBy(() -> open(spool))
        .isInstanceOf(SpoolException.class)
        .hasMessageContaining(file.toString());
  }

  /** A process that holds a lock until it is killed. */
  static final class LockHolder {
    private LockHolder() {}

    static Process start(Path lock) throws IOException {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  LockHolder.class.getName(),
                  lock.toString())
              .redirectErrorStream(true)
              .start();
      assertThat(process.inputReader().readLine()).isEqualTo("locked");
      return process;
    }

    public static void main(String[] args) throws Exception {
      try (RandomAccessFile file = new RandomAccessFile(args[0], "rw")) {
        file.getChannel().lock();
        System.out.println("locked");
        Thread.sleep(60_000);
      }
    }
  }
}
