package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartUpIT {
  private static final String SECRET = "do-not-show-this-secret";

  @TempDir Path directory;

  private Map<String, String> local() {
    return Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString());
  }

  @Test
  void wrongSettingsAreAllNamedAtOnceAndEndWithStatus78() {
    Map<String, String> settings =
        Map.of(
            "STORAGE", "s3",
            "AWS_SECRET_ACCESS_KEY", SECRET,
            "AUTH", "heare",
            "LOG_LEVEL", "loud",
            "MAX_BLOB_BYTES", "many");
    try (ServiceProcess service = ServiceProcess.launch(directory, settings)) {
      assertThat(service.awaitExit()).isEqualTo(78);
      assertThat(service.log())
          .contains(
              List.of(
                  "AWS_ACCESS_KEY_ID",
                  "AWS_REGION",
                  "S3_BUCKET",
                  "HEARE_AUTH_URL",
                  "HEARE_AUTH_APP_ID",
                  "LOG_LEVEL",
                  "MAX_BLOB_BYTES"))
          .doesNotContain("AWS_SECRET_ACCESS_KEY", SECRET, "\tat ");
    }
  }

  @Test
  void startSaysWhereItListensAndHowLongItTook() {
    try (ServiceProcess service = ServiceProcess.start(directory, local())) {
      assertThat(service.log())
          .contains("ready", service.base().toString(), "ready_seconds")
          .doesNotContain(ServiceProcess.TOKEN, "WARN", "ERROR");
    }
  }

  @Test
  void portInUseIsSaidPlainly() {
    try (ServiceProcess first = ServiceProcess.start(directory, local())) {
      Map<String, String> settings =
          Map.of(
              "STORAGE", "local",
              "DATA_DIR", directory.resolve("other").toString(),
              "PORT", Integer.toString(first.base().getPort()));
      try (ServiceProcess second = ServiceProcess.launch(directory, settings)) {
        assertThat(second.awaitExit()).isEqualTo(1);
        assertThat(second.log()).contains("PORT").doesNotContain("\tat ");
      }
    }
  }

  @Test
  void jsonLogIsOneObjectALine() {
    Map<String, String> settings =
        Map.of(
            "STORAGE", "local",
            "DATA_DIR", directory.resolve("data").toString(),
            "LOG_FORMAT", "json");
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client.of(service).sync();
      assertThat(service.terminate()).isZero();
      List<String> lines = service.log().lines().toList();
      assertThat(lines).isNotEmpty();
      lines.forEach(line -> assertThat(new JsonObject(line).getString("level")).isNotEmpty());
      assertThat(lines.stream().map(JsonObject::new).map(line -> line.getValue("ready_seconds")))
          .anyMatch(Number.class::isInstance);
    }
  }

  @Test
  void debugLoggingShowsNoToken() {
    Map<String, String> settings =
        Map.of(
            "STORAGE", "local",
            "DATA_DIR", directory.resolve("data").toString(),
            "LOG_LEVEL", "TRACE");
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client.of(service).sync();
      new Client(service.base(), SECRET).sync();
      assertThat(service.terminate()).isZero();
      assertThat(service.log()).doesNotContain(ServiceProcess.TOKEN, SECRET);
    }
  }
}
