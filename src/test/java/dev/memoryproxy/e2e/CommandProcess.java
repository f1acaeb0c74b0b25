package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A command of the packaged jar, run to its end. */
record CommandProcess(int status, String out, String err) {
  private static final long LIMIT_SECONDS = 180;

  /** Runs the jar with these arguments and no settings but these. */
  static CommandProcess run(Path directory, Map<String, String> settings, String... arguments) {
    String jar = System.getProperty("memoryproxy.jar", "target/memory-proxy.jar");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC"));
    command.addAll(List.of("-jar", Path.of(jar).toAbsolutePath().toString()));
    command.addAll(List.of(arguments));
    try {
      Path out = Files.createTempFile(directory, "command", ".out");
      Path err = Files.createTempFile(directory, "command", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().keySet().removeIf(ServiceProcess::configures);
      builder.environment().putAll(settings);
      int status = awaitExit(builder.start());
      return new CommandProcess(status, Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int awaitExit(Process process) {
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the command does not end");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      process.destroyForcibly();
    }
  }
}
