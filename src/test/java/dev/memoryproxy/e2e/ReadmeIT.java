package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's walk-through does what the README says, line by line as printed. */
class ReadmeIT {
  private static final Pattern SETTING = Pattern.compile("([A-Z_]+)=(\\S+)");
  private static final Pattern SHELL = Pattern.compile("```sh\\n(.*?)```", Pattern.DOTALL);

  @TempDir Path directory;

  @Test
  void curlLinesWorkAsPrinted() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    List<String> lines = shellLines(readme);
    String start = lines.get(0);
    assertThat(start).startsWith("./mvnw").contains("java -jar target/memory-proxy.jar");
    assertThat(lines.get(1)).isEqualTo("./mvnw verify");
    Map<String, String> settings = settings(start);
    List<String> answers = new ArrayList<>();
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      for (String line : lines.subList(2, lines.size())) {
        assertThat(line).startsWith("curl ");
        answers.add(run(line.replace("http://127.0.0.1:8000", service.base().toString())));
      }
      assertThat(service.terminate()).isZero();
    }
    assertThat(answers).hasSize(10);
    assertThat(answers.get(0)).startsWith("HTTP/1.1 201");
    assertThat(answers.get(1)).startsWith("HTTP/1.1 200").endsWith("# To do");
    assertThat(answers.get(2)).contains("\"notes/todo.md\"");
    assertThat(answers.get(3)).startsWith("HTTP/1.1 200");
    assertThat(answers.get(4)).startsWith("HTTP/1.1 412").contains("PRECONDITION_FAILED");
    assertThat(answers.get(5)).startsWith("HTTP/1.1 204");
    assertThat(answers.get(6)).contains("\"is_deleted\":true");
    assertThat(answers.get(7)).startsWith("HTTP/1.1 201");
    assertThat(answers.get(8)).contains("\"since\"", "\"complete\"");
    assertThat(answers.get(9)).contains("\"status\":\"ok\"");
  }

  private static List<String> shellLines(String readme) {
    List<String> lines = new ArrayList<>();
    Matcher blocks = SHELL.matcher(readme);
    while (blocks.find()) {
      blocks.group(1).lines().filter(line -> !line.isBlank()).forEach(lines::add);
    }
    return lines;
  }

  /**
   * The settings that stand before {@code java} in the README's first command, but for the port.
   */
  private static Map<String, String> settings(String command) {
    Map<String, String> settings = new TreeMap<>();
    Matcher matcher = SETTING.matcher(command.substring(0, command.indexOf("java -jar")));
    while (matcher.find()) {
      settings.put(matcher.group(1), matcher.group(2));
    }
    return settings;
  }

  private static String run(String line) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("bash", "-c", line)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(line).isZero();
    return output;
  }
}
