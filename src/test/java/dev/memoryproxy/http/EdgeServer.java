package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.auth.Access;
import dev.memoryproxy.auth.AuthHandler;
import dev.memoryproxy.auth.Principal;
import dev.memoryproxy.auth.Verdict;
import dev.memoryproxy.blob.NamespaceAliases;
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

  /** What the good token opens; read anew by each request. */
  volatile Access access = Access.EVERYTHING;

  /** What the good token is called. */
  volatile String keyName = "test";

  final List<HttpVerticle> verticles = new CopyOnWriteArrayList<>();

  /** What no handler of ours caught. */
  private final List<Throwable> unhandled = new CopyOnWriteArrayList<>();

  final UploadGate uploads;

  private final int instances;
  private final NamespaceAliases aliases;
  private final List<RawClient> clients = new ArrayList<>();
  private final Path spool = temporaryDirectory();
  private final HttpSettings chosen;
  private final Vertx vertx;

  EdgeServer() {
    this(1, UnaryOperator.identity());
  }

  EdgeServer(NamespaceAliases aliases) {
    this(1, UnaryOperator.identity(), aliases, roomy());
  }

  private static UploadGate roomy() {
    return new UploadGate(1_000, 1L << 30);
  }

  EdgeServer(int instances, UnaryOperator<HttpSettings> settings) {
    this(instances, settings, NamespaceAliases.NONE, roomy());
  }

  EdgeServer(int instances, UnaryOperator<HttpSettings> settings, UploadGate uploads) {
    this(instances, settings, NamespaceAliases.NONE, uploads);
  }

  private EdgeServer(
      int instances,
      UnaryOperator<HttpSettings> settings,
      NamespaceAliases aliases,
      UploadGate uploads) {
    this.aliases = aliases;
    this.uploads = uploads;
    this.instances = instances;
    this.chosen =
        settings.apply(
            HttpSettings.of("127.0.0.1", 0, MAX_BLOB, spool)
                .withCloseGrace(Duration.ofMillis(100)));
    this.vertx =
        Vertx.builder().withTransport(new GuardedTransport(chosen.timeouts().header())).build();
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
    StorageHealth health = new StorageHealth(vertx, storage, STANDING_STILL);
    Spool shared = new Spool(chosen.spoolDirectory(), uploads);
    vertx
        .deployVerticle(
            () -> {
              HttpVerticle verticle =
                  new HttpVerticle(
                      chosen, storage, index, authentication(), health, shared, aliases);
              verticles.add(verticle);
              return verticle;
            },
            new DeploymentOptions().setInstances(instances))
        .await(20, TimeUnit.SECONDS);
  }

  /** Later than the request's arrival, as a service over the network answers. */
  private Handler<RoutingContext> authentication() {
    return new AuthHandler(
        token ->
            vertx
                .timer(1)
                .map(
                    elapsed ->
                        TOKEN.equals("Bearer " + token.reveal())
                            ? new Verdict.Accepted(new Principal("k", keyName, access))
                            : new Verdict.Refused()));
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

  /** Stops the edge as the service does. */
  void undeploy() throws Exception {
    for (String deployment : vertx.deploymentIDs()) {
      vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
    }
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
