package dev.memoryproxy.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** nginx with a configuration of its own, on loopback, in the foreground. */
final class Nginx implements AutoCloseable {
  private static final long START_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Process process;
  private final URI base;

  private Nginx(Process process, URI base) {
    this.process = process;
    this.base = base;
  }

  /**
   * Starts it; empty where it is not installed.
   *
   * @param http lines for the {@code http} block
   * @param server lines for its one {@code server} block
   */
  static Optional<Nginx> start(Path directory, String http, String server) {
    Optional<Path> program =
        List.of("/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx").stream()
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) {
      System.out.println("nginx is not installed: its rows are left out");
      return Optional.empty();
    }
    try {
      Path home = Files.createTempDirectory(directory, "nginx");
      int port = SdkHandlerServer.freePort();
      Files.writeString(home.resolve("nginx.conf"), configuration(home, port, http, server));
      Process process =
          new ProcessBuilder(
                  program.get().toString(),
                  "-p",
                  home.toString(),
                  "-c",
                  home.resolve("nginx.conf").toString(),
                  "-e",
                  home.resolve("error.log").toString())
              .redirectErrorStream(true)
              .redirectOutput(home.resolve("output.log").toFile())
              .start();
      Bed.dieWithThis(process.toHandle());
      Nginx nginx = new Nginx(process, URI.create("http://127.0.0.1:" + port));
      nginx.awaitPort(home);
      return Optional.of(nginx);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String configuration(Path home, int port, String http, String server) {
    // Workers of a root's nginx would not be let into the directory.
    String user =
        System.getProperty("user.name").equals("root") ? "user root;" : "# the user who started it";
    return """
        daemon off;
        %s
        worker_processes auto;
        pid %s/nginx.pid;
        events { worker_connections 4096; }
        http {
          access_log off;
          default_type application/octet-stream;
          sendfile on;
          tcp_nopush on;
          keepalive_requests 100000000;
          client_body_temp_path %s/body;
          proxy_temp_path %s/proxy;
          fastcgi_temp_path %s/fastcgi;
          uwsgi_temp_path %s/uwsgi;
          scgi_temp_path %s/scgi;
          %s
          server {
            listen 127.0.0.1:%d backlog=4096;
            %s
          }
        }
        """
        .formatted(user, home, home, home, home, home, home, http, port, server);
  }

  private void awaitPort(Path home) throws IOException {
    long start = System.nanoTime();
    while (System.nanoTime() - start < START_NANOS && process.isAlive()) {
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), base.getPort()), 1000);
        return;
      } catch (IOException notYet) {
        Thread.onSpinWait();
      }
    }
    close();
    throw new IllegalStateException(
        "nginx did not start: " + Files.readString(home.resolve("error.log")));
  }

  URI base() {
    return base;
  }

  /** The master; its workers are its children. */
  ProcessHandle handle() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
