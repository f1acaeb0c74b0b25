package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a deploy does to a service that is at work. */
class ShutdownIT {
  @TempDir Path directory;

  private final StrictS3Server s3 = StrictS3Server.start();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stop() {
    s3.close();
    threads.shutdownNow();
  }

  @Test
  void runningRequestsAreFinishedAndNewOnesNotAccepted() throws Exception {
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      Client client = Client.of(service);
      Fault gate =
          s3.inject(
              Fault.on(S3Operation.PUT).keys("memory/a.md").times(1).park(Fault.Point.BEFORE));
      CompletableFuture<Client.Answer> running =
          CompletableFuture.supplyAsync(() -> client.create("a.md", text("a")), threads);
      gate.awaitParked(1);
      CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(service::terminate, threads);
      awaitRefusal(service);
      assertThat(exit).isNotDone();
      gate.release();
      assertThat(running.join().status()).isEqualTo(201);
      assertThat(exit.join()).as(service.log()).isZero();
      assertThatThrownBy(client::health).isInstanceOf(Client.Unanswered.class);
    }
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      assertThat(Client.of(service).files().fieldNames()).containsExactly("a.md");
    }
  }

  /** A fresh client each time: a connection that is kept alive would be answered still. */
  private static void awaitRefusal(ServiceProcess service) throws InterruptedException {
    for (int i = 0; i < 1_000; i++) {
      try {
        Client.of(service).health();
      } catch (Client.Unanswered refused) {
        return;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("the service goes on accepting:\n" + service.log());
  }

  @Test
  void checkpointIsExactAfterAnOrderlyStop() {
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      assertThat(Client.of(service).create("a.md", text("a")).status()).isEqualTo(201);
      assertThat(service.terminate()).isZero();
    }
    long before = s3.counts().of(S3Operation.GET);
    try (ServiceProcess service = ServiceProcess.start(directory, S3Storage.of(s3))) {
      assertThat(Client.of(service).files().fieldNames()).containsExactly("a.md");
    }
    // The checkpoint, the one log object that it covers, and the look behind the log's end.
    assertThat(s3.counts().of(S3Operation.GET) - before).isLessThanOrEqualTo(4);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
