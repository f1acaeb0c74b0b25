package dev.memoryproxy.bench;

import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.s3server.ServerProcess;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.S3ObjectStore;
import dev.memoryproxy.storage.S3Settings;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The plainest service that there could be instead of ours: each GET calls the SDK and streams the
 * object through. No authentication, no index, no log.
 */
public final class SdkHandlerServer {
  private SdkHandlerServer() {}

  /** Starts it as a process of its own with these options of the JVM. */
  static ServerProcess start(Path scratch, List<String> jvm, S3Settings s3) {
    List<String> arguments = new ArrayList<>(jvm);
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    arguments.add(SdkHandlerServer.class.getName());
    arguments.add(String.valueOf(s3.endpoint()));
    arguments.addAll(List.of(s3.bucket(), s3.accessKeyId(), s3.secretAccessKey()));
    return ServerProcess.start(scratch, Pattern.compile("^(\\d+)$"), arguments);
  }

  /** Where such a process listens; waits until it does. */
  static URI base(ServerProcess process) {
    return URI.create("http://127.0.0.1:" + process.announced());
  }

  /** Prints its port, and ends when its standard input does. */
  public static void main(String[] arguments) throws IOException {
    Vertx vertx = Vertx.vertx();
    S3ObjectStore store =
        S3ObjectStore.open(
            vertx,
            S3Settings.withDefaults(
                URI.create(arguments[0]), "us-east-1", arguments[1], arguments[2], arguments[3]));
    int port = freePort();
    vertx
        .deployVerticle(
            () -> new Server(store, port),
            new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors()))
        .await();
    System.out.println(port);
    while (System.in.read() >= 0) {
      // Input means nothing; its end does.
    }
    vertx.close().await();
  }

  /** A port that nobody listens on at the moment. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static final class Server extends VerticleBase {
    private final S3ObjectStore store;
    private final int port;

    Server(S3ObjectStore store, int port) {
      this.store = store;
      this.port = port;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(port))
          .requestHandler(this::serve)
          .listen();
    }

    private void serve(HttpServerRequest request) {
      HttpServerResponse response = request.response();
      store
          .get(PercentEncoding.decode(request.path().substring(1)))
          .compose(found -> send(response, found))
          .onFailure(cause -> response.reset());
    }

    private static Future<Void> send(HttpServerResponse response, Optional<ObjectContent> found) {
      if (found.isEmpty()) {
        return response.setStatusCode(404).end();
      }
      ObjectContent content = found.get();
      response
          .putHeader("Content-Type", content.head().contentType())
          .putHeader("ETag", '"' + content.head().etag() + '"')
          .putHeader("Content-Length", Long.toString(content.length()));
      return content.stream().pipeTo(response);
    }
  }
}
