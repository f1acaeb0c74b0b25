package dev.memoryproxy.e2e;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Speaks either dialect the way a client does, and gives every answer back as it came. */
final class Client {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final URI base;
  private final String token;
  private final String blobs;
  private final String index;

  Client(URI base, String token) {
    this(base, token, "/blob/", "/sync");
  }

  private Client(URI base, String token, String blobs, String index) {
    this.base = base;
    this.token = token;
    this.blobs = blobs;
    this.index = index;
  }

  /** The namespaced dialect; as clients do, the namespace goes into one segment, encoded whole. */
  Client inNamespace(String namespace) {
    String encoded = encodeSegment(namespace);
    return new Client(base, token, "/" + encoded + "/blob/", "/sync/" + encoded);
  }

  static Client of(ServiceProcess service) {
    return new Client(service.base(), ServiceProcess.TOKEN);
  }

  /** An answer whose body was read whole. */
  record Answer(int status, HttpResponse<byte[]> response) {
    byte[] bytes() {
      return response.body();
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    JsonObject json() {
      return new JsonObject(text());
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    String errorCode() {
      return json().getString("error_code");
    }
  }

  Answer get(String path) {
    return send(blob(path).GET());
  }

  Answer create(String path, byte[] content) {
    return put(path, "new", content);
  }

  /**
   * @param md5 of the content that is replaced, or {@code new}
   */
  Answer put(String path, String md5, byte[] content) {
    return send(
        blob(path)
            .header("Content-MD5", md5)
            .header("Content-Type", contentType(path))
            .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
  }

  /**
   * Writes as clients of namespaces do.
   *
   * @param version what is replaced; 0 for nothing
   */
  Answer putOver(String path, long version, byte[] content) {
    return send(
        blob(path)
            .header("If-Match-Version", Long.toString(version))
            .header("Content-MD5", Md5.of(content))
            .header("Content-Type", contentType(path))
            .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
  }

  /**
   * @param condition a header line
   */
  Answer putIf(String path, String condition, byte[] content) {
    int colon = condition.indexOf(": ");
    return send(
        blob(path)
            .header(condition.substring(0, colon), condition.substring(colon + 2))
            .header("Content-Type", contentType(path))
            .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
  }

  Answer delete(String path) {
    return send(blob(path).DELETE());
  }

  Answer sync() {
    return send(request(index).GET());
  }

  /** The published files: path to entry. */
  JsonObject files() {
    return sync().json().getJsonObject("files");
  }

  Answer health() {
    return send(HttpRequest.newBuilder(base.resolve("/health")).timeout(LIMIT).GET());
  }

  HttpRequest.Builder blob(String path) {
    return request(blobs + encode(path));
  }

  HttpRequest.Builder request(String encodedPath) {
    return HttpRequest.newBuilder(URI.create(base + encodedPath))
        .timeout(LIMIT)
        .header("Authorization", "Bearer " + token);
  }

  Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), response);
    } catch (IOException e) {
      throw new Unanswered(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** No answer came: whether the request took effect is unknown. */
  static final class Unanswered extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unanswered(IOException cause) {
      super(cause);
    }
  }

  static String contentType(String path) {
    if (path.endsWith(".md")) {
      return "text/markdown; charset=utf-8";
    }
    return path.endsWith(".json") ? "application/json" : "text/plain";
  }

  private static String encode(String path) {
    return Arrays.stream(path.split("/", -1))
        .map(Client::encodeSegment)
        .collect(Collectors.joining("/"));
  }

  private static String encodeSegment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
