package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The HTTP edge on a free port, over fakes, for one test. */
final class EdgeServer implements BeforeEachCallback, AfterEachCallback {
  static final String TOKEN = "Bearer good";
  static final long MAX_BLOB = 1_000_000;

  private static final TimeSource STANDING_STILL =
      new TimeSource() {
        @Override
        public long wallMillis() {
          return 0;
        }

        @Override
        public long monotonicNanos() {
          return 0;
        }
      };

  final FakeStorage storage = new FakeStorage();
  final FakeIndex index = new FakeIndex();
  final List<HttpVerticle> verticles = new CopyOnWriteArrayList<>();

  /** What no handler of ours caught. */
  private final List<Throwable> unhandled = new CopyOnWriteArrayList<>();

  private final int instances;
  private final UnaryOperator<HttpSettings> settings;
  private final List<RawClient> clients = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final Path spool = temporaryDirectory();

  EdgeServer() {
    this(1, UnaryOperator.identity());
  }

  EdgeServer(int instances, UnaryOperator<HttpSettings> settings) {
    this.instances = instances;
    this.settings = settings;
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    start();
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("edge-spool");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void start() throws Exception {
    vertx.exceptionHandler(unhandled::add);
    HttpSettings chosen =
        settings.apply(
            HttpSettings.of("127.0.0.1", 0, MAX_BLOB, spool)
                .withCloseGrace(Duration.ofMillis(100)));
    StorageHealth health = new StorageHealth(vertx, storage, STANDING_STILL);
    Spool shared = new Spool(chosen.spoolDirectory());
    vertx
        .deployVerticle(
            () -> {
              HttpVerticle verticle =
                  new HttpVerticle(chosen, storage, index, authentication(), health, shared);
              verticles.add(verticle);
              return verticle;
            },
            new DeploymentOptions().setInstances(instances))
        .await(20, TimeUnit.SECONDS);
  }

  /** Later than the request's arrival, as a real one answers. */
  private Handler<RoutingContext> authentication() {
    return context ->
        vertx.setTimer(
            1,
            ignored -> {
              if (TOKEN.equals(context.request().getHeader("Authorization"))) {
                context.next();
              } else {
                context.fail(
                    new ProxyError(ProxyError.Kind.UNAUTHENTICATED, "Send a bearer token."));
              }
            });
  }

  Vertx vertx() {
    return vertx;
  }

  int port() {
    return verticles.get(0).actualPort();
  }

  /** A new connection, closed after the test. */
  RawClient connect() throws IOException {
    RawClient client = new RawClient(port());
    clients.add(client);
    return client;
  }

  /** One request on a connection of its own. */
  RawResponse send(String method, String target, String body, String... headers)
      throws IOException {
    return connect().send(method, target, body, headers);
  }

  /** Bodies now in the spool directory. */
  List<Path> spooled() {
    try (Stream<Path> files = Files.list(spool)) {
      return files.filter(file -> file.toString().endsWith(".spool")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path spoolDirectory() {
    return spool;
  }

  void stop() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (RawClient client : clients) {
      client.close();
    }
    stop();
    assertThat(unhandled).isEmpty();
    try (Stream<Path> files = Files.walk(spool)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
