package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The packaged jar as a process of its own, the way a user runs it. */
public final class ServiceProcess implements AutoCloseable {
  /** The token that it accepts. */
  public static final String TOKEN = "a-token-for-the-tests";

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final Process process;
  private final Path log;
  private final URI base;

  private ServiceProcess(Process process, Path log, URI base) {
    this.process = process;
    this.log = log;
    this.base = base;
  }

  /** Starts without waiting. */
  static ServiceProcess launch(Path directory, Map<String, String> settings) {
    return launch(directory, settings, List.of("-Xmx256m", "-XX:+UseSerialGC"));
  }

  private static ServiceProcess launch(
      Path directory, Map<String, String> settings, List<String> jvm) {
    int port = freePort();
    Map<String, String> environment = new TreeMap<>();
    environment.put("HOST", "127.0.0.1");
    environment.put("PORT", Integer.toString(port));
    environment.put("AUTH", "tokens");
    environment.put("AUTH_TOKENS", TOKEN);
    environment.putAll(settings);
    String jar = System.getProperty("memoryproxy.jar", "target/memory-proxy.jar");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.addAll(List.of("-jar", Path.of(jar).toAbsolutePath().toString()));
    try {
      Path log = Files.createTempFile(directory, "service", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().keySet().removeIf(ServiceProcess::configures);
      builder.environment().putAll(environment);
      return new ServiceProcess(
          builder.start(), log, URI.create("http://127.0.0.1:" + environment.get("PORT")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts and waits until the service is healthy. */
  static ServiceProcess start(Path directory, Map<String, String> settings) {
    return started(launch(directory, settings));
  }

  /** The same with these options of the JVM. */
  public static ServiceProcess start(
      Path directory, Map<String, String> settings, List<String> jvm) {
    return started(launch(directory, settings, jvm));
  }

  private static ServiceProcess started(ServiceProcess service) {
    try {
      service.awaitHealth(200);
    } catch (RuntimeException | Error e) {
      service.close();
      throw e;
    }
    return service;
  }

  static boolean configures(String variable) {
    return variable.startsWith("AWS_")
        || variable.startsWith("S3_")
        || variable.startsWith("HEARE_")
        || variable.startsWith("AUTH")
        || variable.startsWith("GZIP_")
        || List.of(
                "STORAGE",
                "DATA_DIR",
                "HOST",
                "PORT",
                "NAMESPACE_ALIASES",
                "TOMBSTONE_RETENTION_DAYS",
                "INDEX_CACHE_BYTES",
                "READ_CACHE_BYTES",
                "LOG_LEVEL",
                "LOG_FORMAT")
            .contains(variable);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Polls until the health check has this status. */
  void awaitHealth(int status) {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve("/health")).timeout(Duration.ofSeconds(5)).build();
    long start = System.nanoTime();
    while (System.nanoTime() - start < START_LIMIT.toNanos()) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            "the service ended with " + process.exitValue() + ":\n" + log());
      }
      if (healthStatus(client, request) == status) {
        return;
      }
      pause();
    }
    throw new IllegalStateException("no health status " + status + " in time:\n" + log());
  }

  private static int healthStatus(HttpClient client, HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    } catch (IOException notYet) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Where it listens. */
  public URI base() {
    return base;
  }

  /** The process itself. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Everything it has printed. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM, as a deploy does it; answers the exit status. */
  public int terminate() {
    process.destroy();
    return awaitExit();
  }

  /** SIGKILL: no chance to finish anything. */
  void kill() {
    process.destroyForcibly();
    awaitExit();
  }

  /** Waits for it to end by itself and answers the exit status. */
  int awaitExit() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the service does not end:\n" + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit();
  }
}
