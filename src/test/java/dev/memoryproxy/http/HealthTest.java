package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.Version;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.StorageService.StorageStatus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HealthTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  private RawResponse health() throws IOException {
    return edge.send("GET", "/health", "", "Authorization: ");
  }

  @Test
  void connectedStorageIsThePublishedBodyWithoutAnyToken() throws IOException {
    RawResponse response = health();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-type")).contains("application/json");
    assertThat(response.json())
        .isEqualTo(
            new JsonObject()
                .put("status", "ok")
                .put("storage", "connected")
                .put("version", Version.current()));
    assertThat(Version.current()).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(edge.send("HEAD", "/health", "", "Authorization: ").status()).isEqualTo(200);
    assertThat(edge.send("GET", "/health", "", "Authorization: Bearer bad").status())
        .isEqualTo(200);
  }

  @Test
  void brokenStorageIs503SayingWhatIsWrong() throws IOException {
    edge.storage.check = () -> Future.failedFuture(FakeStorage.down());
    RawResponse response = health();
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.json())
        .isEqualTo(
            new JsonObject()
                .put("status", "error")
                .put("storage", "disconnected")
                .put("version", Version.current())
                .put("detail", "The storage refuses connections."));
  }

  @Test
  void unexpectedFailureTellsNothingOfItsCause() throws IOException {
    edge.storage.check = () -> Future.failedFuture(new IllegalStateException("secret=hunter2"));
    assertThat(health().status()).isEqualTo(503);
    assertThat(health().body()).doesNotContain("hunter2");
  }

  @Test
  void storageThatThrowsIs503() throws IOException {
    edge.storage.check =
        () -> {
          throw new IllegalStateException("secret=hunter2");
        };
    assertThat(health().status()).isEqualTo(503);
    assertThat(health().body()).doesNotContain("hunter2");
  }

  @Test
  void degradedStorageSaysSo() throws IOException {
    edge.storage.check = () -> Future.succeededFuture(new StorageStatus(true));
    assertThat(health().json().getString("mode")).isEqualTo("single-writer");
    assertThat(health().status()).isEqualTo(200);
  }

  @Test
  void storageThatDoesNotAnswerIs503AfterTheLimit() throws IOException {
    edge.storage.check = () -> Promise.<StorageStatus>promise().future();
    RawResponse response = health();
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.json().getString("detail")).contains("2000 ms");
  }

  @Test
  void concurrentCallersShareOneCheckAndItsResultIsReusedForASecond() throws Exception {
    AtomicLong nanos = new AtomicLong();
    TimeSource time =
        new TimeSource() {
          @Override
          public long wallMillis() {
            return 0;
          }

          @Override
          public long monotonicNanos() {
            return nanos.get();
          }
        };
    Promise<StorageStatus> answer = Promise.promise();
    edge.storage.check = answer::future;
    StorageHealth health = new StorageHealth(edge.vertx(), edge.storage, time);

    Future<StorageHealth.Health> first = health.check();
    Future<StorageHealth.Health> second = health.check();
    assertThat(edge.storage.count("check")).isEqualTo(1);
    answer.complete(new StorageStatus(false));
    assertThat(first.await(10, TimeUnit.SECONDS).connected()).isTrue();
    assertThat(second.await(10, TimeUnit.SECONDS).connected()).isTrue();

    nanos.set(999_000_000);
    assertThat(health.check().await(10, TimeUnit.SECONDS).connected()).isTrue();
    assertThat(edge.storage.count("check")).isEqualTo(1);

    nanos.set(1_000_000_000);
    edge.storage.check = () -> Future.failedFuture(FakeStorage.down());
    assertThat(health.check().await(10, TimeUnit.SECONDS).connected()).isFalse();
    assertThat(edge.storage.count("check")).isEqualTo(2);
  }
}
