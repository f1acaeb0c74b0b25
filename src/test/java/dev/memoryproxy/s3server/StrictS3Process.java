package dev.memoryproxy.s3server;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Pattern;

/** {@link StrictS3Server} as a process of its own, steered over its {@link AdminRoutes}. */
public final class StrictS3Process implements S3TestServer {
  private static final Pattern PORT = Pattern.compile("^(\\d+)$");

  private final ServerProcess process;
  private final Access access;
  private final HttpClient client = HttpClient.newHttpClient();

  private StrictS3Process(StrictS3Server.Options options, String heap) {
    this.process =
        ServerProcess.start(
            ServerJars.scratch("strict-s3"),
            PORT,
            List.of(
                "-Xmx" + heap,
                "-cp",
                System.getProperty("java.class.path"),
                StrictS3Server.class.getName(),
                "--port",
                Integer.toString(options.port()),
                "--event-loops",
                Integer.toString(options.eventLoops()),
                "--access-key",
                options.accessKey(),
                "--bucket",
                options.bucket()));
    this.access =
        StrictS3Server.access(URI.create("http://127.0.0.1:" + process.announced()), options);
  }

  /**
   * Starts the process.
   *
   * @param heap as {@code -Xmx} wants it: all objects live there
   */
  public static StrictS3Process start(StrictS3Server.Options options, String heap) {
    return new StrictS3Process(options, heap);
  }

  /** The process itself. */
  public ProcessHandle handle() {
    return process.handle();
  }

  /** Requests so far of one operation. */
  public long requests(S3Operation operation) {
    return admin("GET", "counts", new JsonObject())
        .getJsonObject(operation.name())
        .getLong("requests");
  }

  /** Sends a command that {@link AdminRoutes} describes. */
  public JsonObject admin(String method, String route, JsonObject body) {
    HttpRequest request =
        HttpRequest.newBuilder(endpoint().resolve(AdminRoutes.ROOT + route))
            .method(method, BodyPublishers.ofString(body.encode()))
            .build();
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(method + " " + route + ": " + response.body());
      }
      return new JsonObject(response.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public void close() {
    process.close();
  }
}
