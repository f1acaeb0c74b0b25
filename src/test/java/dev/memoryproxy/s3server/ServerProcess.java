package dev.memoryproxy.s3server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Java program as a child process that says on its output where it listens. */
public final class ServerProcess implements AutoCloseable {
  /** Generous: the machine may be building three other things. */
  private static final long START_SECONDS = 180;

  private final Process process;
  private final Path scratch;
  private final Queue<String> output = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<String> found = new CompletableFuture<>();
  private final Thread onExit = new Thread(this::kill);

  private ServerProcess(Process process, Path scratch) {
    this.process = process;
    this.scratch = scratch;
  }

  /**
   * Starts a program with the JDK that runs this one; it dies with this JVM at the latest.
   *
   * @param arguments of {@code java}
   * @param scratch its working directory, also for temporary files; removed in the end
   */
  public static ServerProcess start(Path scratch, Pattern announcement, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.io.tmpdir=" + scratch);
    command.addAll(arguments);
    try {
      Process process =
          new ProcessBuilder(command).directory(scratch.toFile()).redirectErrorStream(true).start();
      ServerProcess server = new ServerProcess(process, scratch);
      Runtime.getRuntime().addShutdownHook(server.onExit);
      Thread reader = new Thread(() -> server.read(announcement), "server-output");
      reader.setDaemon(true);
      reader.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The process itself. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** What the announcement's first group matched; waits for it. */
  public String announced() {
    try {
      return found.get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      close();
      throw new IllegalStateException("the server did not start:\n" + String.join("\n", output), e);
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private void read(Pattern announcement) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = announcement.matcher(line);
        if (!found.isDone()) {
          output.add(line);
          if (matcher.find()) {
            found.complete(matcher.group(1));
          }
        }
      }
    } catch (IOException e) {
      // The process is gone, which the next line says.
    }
    found.completeExceptionally(new IOException("the server ended"));
  }

  private void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    ServerJars.remove(scratch);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(onExit);
    } catch (IllegalStateException alreadyExiting) {
      // The hook does the rest.
    }
    kill();
  }
}
