package dev.memoryproxy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceStartTest {
  @TempDir Path directory;

  @Test
  void spoolDirectoryThatCannotBeUsedIsNamedWithWhatToDo() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Map<String, String> settings = Map.of("SPOOL_DIR", file.resolve("spool").toString());

    assertThatThrownBy(() -> RunningService.start(directory, settings).close())
        .isInstanceOf(StartException.class)
        .hasMessageContaining(file.resolve("spool").toString())
        .hasMessageContaining("set SPOOL_DIR to");
  }
}
