package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.memoryproxy.RunningService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Files that somebody put under DATA_DIR/objects by hand. */
class ForeignFileTest {
  @TempDir Path directory;

  @Test
  void aFileThatTheServiceDidNotWriteIsAPermanentFaultThatTheLogNames() throws Exception {
    try (RunningService service = RunningService.start(directory, Map.of())) {
      Client client = new Client(service.base(), RunningService.TOKEN);
      assertThat(client.create("first.md", "first".getBytes(UTF_8)).status()).isEqualTo(201);
      Path objects = directory.resolve("data/objects/memory");
      Path foreign = Files.writeString(objects.resolve("by-hand.md.blob"), "by hand");
      Path copy = objects.resolve("copy.md.blob");
      Files.copy(objects.resolve("first.md.blob"), copy);

      Logger log = (Logger) LoggerFactory.getLogger("dev.memoryproxy.http.ErrorResponder");
      ListAppender<ILoggingEvent> seen = new ListAppender<>();
      seen.start();
      log.addAppender(seen);
      try {
        for (Client.Answer answer :
            List.of(
                client.get("by-hand.md"),
                client.create("by-hand.md", "new".getBytes(UTF_8)),
                client.delete("by-hand.md"),
                client.get("copy.md"))) {
          assertThat(answer.status()).isEqualTo(500);
          assertThat(answer.errorCode()).isEqualTo("DAMAGED");
          assertThat(answer.header("Retry-After")).isEmpty();
          assertThat(answer.json().getString("detail")).contains("restore", "move it away");
        }
      } finally {
        log.detachAppender(seen);
      }
      List<String> causes =
          seen.list.stream().map(event -> event.getThrowableProxy().getMessage()).toList();
      assertThat(causes).hasSize(4);
      assertThat(causes.subList(0, 3)).allMatch(cause -> cause.contains(foreign.toString()));
      assertThat(causes.get(3)).contains(copy.toString(), "memory/first.md");

      Files.delete(foreign);
      assertThat(client.create("by-hand.md", "new".getBytes(UTF_8)).status()).isEqualTo(201);
    }
  }
}
