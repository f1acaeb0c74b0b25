package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.memoryproxy.RunningService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** DATA_DIR is moved away while the service runs. */
class MovedDirectoryTest {
  @TempDir Path directory;

  private static HttpResponse<String> health(URI base) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(base.resolve("/health")).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void theStorageIsDisconnectedAndTheLogSaysWhy() throws Exception {
    Path data = directory.resolve("data");
    Path elsewhere = directory.resolve("elsewhere");
    Logger log = (Logger) LoggerFactory.getLogger("dev.memoryproxy.http.StorageHealth");
    ListAppender<ILoggingEvent> seen = new ListAppender<>();
    seen.start();
    log.addAppender(seen);
    try (RunningService service = RunningService.start(directory, Map.of())) {
      Client client = new Client(service.base(), RunningService.TOKEN);
      assertThat(client.create("a.md", "one".getBytes(UTF_8)).status()).isEqualTo(201);
      Files.move(data, elsewhere);
      try {
        assertThat(health(service.base()).statusCode()).isEqualTo(503);
        assertThat(seen.list)
            .anyMatch(
                event ->
                    event.getThrowableProxy() != null
                        && event
                            .getThrowableProxy()
                            .getMessage()
                            .contains(data + "/objects is gone"));
        assertThat(client.get("never.md").errorCode()).isEqualTo("STORAGE_UNAVAILABLE");
        assertThat(client.create("b.md", "two".getBytes(UTF_8)).errorCode())
            .isEqualTo("STORAGE_UNAVAILABLE");
        assertThat(data).doesNotExist();
      } finally {
        Files.move(elsewhere, data);
      }
      assertThat(client.get("a.md").text()).isEqualTo("one");
    } finally {
      log.detachAppender(seen);
    }
  }
}
