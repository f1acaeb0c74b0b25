package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.s3server.Fault;
import dev.memoryproxy.s3server.S3Modes;
import dev.memoryproxy.s3server.S3Operation;
import dev.memoryproxy.s3server.StrictS3Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A storage that fails: the service says what is wrong, stays up and recovers by itself. */
class StorageFaultsIT {
  private static final byte[] ONE = "one".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TWO = "two".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;

  private final StrictS3Server s3 = StrictS3Server.start();

  @AfterEach
  void stop() {
    s3.close();
  }

  private ServiceProcess start() {
    return ServiceProcess.start(directory, S3Storage.of(s3));
  }

  private static void assertUnavailable(Client.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(503);
    assertThat(answer.errorCode()).isEqualTo("STORAGE_UNAVAILABLE");
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
    assertThat(answer.json().getString("detail")).isNotBlank();
  }

  @Test
  void refusedConnectionsAreSaidAndSurvived() {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
      s3.stop();
      assertUnavailable(client.get("a.md"));
      assertUnavailable(client.put("a.md", Md5.of(ONE), TWO));
      assertUnavailable(client.sync());
      service.awaitHealth(503);
      assertThat(client.health().json().getString("storage")).isEqualTo("disconnected");
      s3.listen();
      service.awaitHealth(200);
      assertThat(client.get("a.md").text()).isEqualTo("one");
      assertThat(client.put("a.md", Md5.of(ONE), TWO).status()).isEqualTo(200);
      assertThat(client.files().getJsonObject("a.md").getString("md5")).isEqualTo(Md5.of(TWO));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 429, 409})
  void threeErrorsInARowAreOvercome(int status) {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(client.create("first.md", ONE).status()).isEqualTo(201);
      s3.inject(Fault.on(S3Operation.PUT).keys("memory/a.md").times(3).answer(status));
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
      s3.inject(Fault.on(S3Operation.GET).keys("memory/a.md").times(3).answer(503));
      assertThat(client.get("a.md").text()).isEqualTo("one");
      s3.inject(Fault.on(S3Operation.PUT).keys("memory/.sync-log/").times(3).answer(status));
      assertThat(client.put("a.md", Md5.of(ONE), TWO).status()).isEqualTo(200);
      assertThat(client.files().getJsonObject("a.md").getString("md5")).isEqualTo(Md5.of(TWO));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory/a.md", "memory/.sync-log/"})
  void lostAnswersToWritesThatTookEffectAreSettled(String key) {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(client.create("first.md", ONE).status()).isEqualTo(201);
      s3.inject(Fault.on(S3Operation.PUT).keys(key).times(1).drop(Fault.Point.AFTER));
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
      s3.inject(Fault.on(S3Operation.PUT).keys(key).times(1).drop(Fault.Point.AFTER));
      assertThat(client.put("a.md", Md5.of(ONE), TWO).status()).isEqualTo(200);
      assertThat(client.get("a.md").text()).isEqualTo("two");
      assertThat(client.files().getJsonObject("a.md").getString("md5")).isEqualTo(Md5.of(TWO));
    }
  }

  @Test
  void bodiesThatBreakOffAreNeverTakenForWhole() {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      byte[] large = new byte[1_000_000];
      assertThat(client.create("large.bin", large).status()).isEqualTo(201);
      s3.inject(Fault.on(S3Operation.GET).keys("memory/large.bin").times(1).truncate(300_000));
      assertThatThrownBy(() -> client.get("large.bin")).isInstanceOf(Client.Unanswered.class);
      assertThat(client.get("large.bin").bytes()).isEqualTo(large);
    }
  }

  @Test
  void changesThatTheIndexCouldNotTakeAreListedWhenTheStorageIsBack() throws Exception {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(client.create("first.md", ONE).status()).isEqualTo(201);
      Fault down = s3.inject(Fault.on(S3Operation.PUT).keys("memory/.sync-log/").answer(503));
      assertUnavailable(client.create("a.md", ONE));
      // Somebody waits for the index: now writes are refused before they touch the storage.
      assertUnavailable(client.create("b.md", ONE));
      s3.remove(down);
      long limit = System.nanoTime() + 60_000_000_000L;
      while (!client.files().containsKey("a.md") && System.nanoTime() < limit) {
        Thread.sleep(50);
      }
      assertThat(client.files().fieldNames()).contains("a.md").doesNotContain("b.md");
      assertThat(client.create("b.md", ONE).status()).isEqualTo(201);
    }
  }

  @Test
  void wrongCredentialsEndTheStartAndAreNamed() {
    Map<String, String> settings = new HashMap<>(S3Storage.of(s3));
    settings.put("AWS_ACCESS_KEY_ID", "unknown-key");
    try (ServiceProcess service = ServiceProcess.launch(directory, settings)) {
      assertThat(service.awaitExit()).isEqualTo(1);
      assertThat(service.log())
          .contains("AWS_ACCESS_KEY_ID")
          .doesNotContain("the-secret-of-the-test-key", "\tat ");
    }
  }

  @Test
  void missingBucketEndsTheStartAndIsNamed() {
    s3.deleteBucket(s3.bucket());
    try (ServiceProcess service = ServiceProcess.launch(directory, S3Storage.of(s3))) {
      assertThat(service.awaitExit()).isEqualTo(1);
      assertThat(service.log()).contains("S3_BUCKET", s3.bucket()).doesNotContain("\tat ");
    }
  }

  @Test
  void missingListPermissionEndsTheStartAndIsNamed() {
    s3.modes().listingForbidden(true);
    try (ServiceProcess service = ServiceProcess.launch(directory, S3Storage.of(s3))) {
      assertThat(service.awaitExit()).isEqualTo(1);
      assertThat(service.log()).contains("s3:ListBucket").doesNotContain("\tat ");
    }
  }

  @Test
  void credentialsThatExpireAreSaidAndBucketsThatComeBackAreUsed() {
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      Fault denied = s3.inject(Fault.on().answer(403, "AccessDenied"));
      Client.Answer answer = client.create("a.md", ONE);
      assertUnavailable(answer);
      assertThat(answer.json().getString("detail")).contains("credentials");
      service.awaitHealth(503);
      s3.remove(denied);
      service.awaitHealth(200);
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"IGNORED", "UNSUPPORTED"})
  void storesWithoutConditionalWritesAreServedByASingleWriterWhoSaysSo(String mode) {
    s3.modes().writes(S3Modes.Conditions.valueOf(mode)).deletes(S3Modes.Conditions.valueOf(mode));
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(service.log()).contains("SINGLE-WRITER MODE");
      assertThat(client.health().json().getString("mode")).isEqualTo("single-writer");
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
      assertThat(client.create("a.md", TWO).status()).isEqualTo(412);
      assertThat(client.put("a.md", Md5.of(TWO), TWO).status()).isEqualTo(412);
      assertThat(client.put("a.md", Md5.of(ONE), TWO).status()).isEqualTo(200);
      assertThat(client.get("a.md").text()).isEqualTo("two");
    }
  }

  @Test
  void etagsThatAreNoMd5NeverReachTheApi() {
    s3.modes().etags(S3Modes.Etags.OPAQUE);
    try (ServiceProcess service = start()) {
      Client client = Client.of(service);
      assertThat(client.create("a.md", ONE).header("ETag")).isEqualTo('"' + Md5.of(ONE) + '"');
      assertThat(client.put("a.md", Md5.of(ONE), TWO).status()).isEqualTo(200);
      assertThat(client.get("a.md").header("ETag")).isEqualTo('"' + Md5.of(TWO) + '"');
      assertThat(client.delete("a.md").status()).isEqualTo(204);
      assertThat(client.create("a.md", ONE).status()).isEqualTo(201);
    }
  }
}
