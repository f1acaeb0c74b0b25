package dev.memoryproxy;

import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.http.GuardedTransport;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The whole service inside this JVM, on a free port of the loopback interface. */
public final class RunningService implements AutoCloseable {
  /** The token that it accepts. */
  public static final String TOKEN = "a-token-for-the-tests";

  private final Vertx vertx;
  private final Service service;

  private RunningService(Vertx vertx, Service service) {
    this.vertx = vertx;
    this.service = service;
  }

  /**
   * Starts on a local store.
   *
   * @param directory holds the store and nothing else
   * @param settings more of them, as the environment would have them
   */
  public static RunningService start(Path directory, Map<String, String> settings)
      throws Exception {
    Vertx vertx = Vertx.builder().withTransport(GuardedTransport.usual()).build();
    Map<String, String> environment = new TreeMap<>();
    environment.put("HOST", "127.0.0.1");
    environment.put("PORT", "0");
    environment.put("STORAGE", "local");
    environment.put("DATA_DIR", directory.resolve("data").toString());
    environment.put("AUTH", "tokens");
    environment.put("AUTH_TOKENS", TOKEN);
    environment.putAll(settings);
    try {
      return new RunningService(
          vertx,
          ServiceConfig.load(vertx, directory, environment)
              .compose(config -> Service.start(vertx, config))
              .await(60, TimeUnit.SECONDS));
    } catch (Exception | Error e) {
      vertx.close();
      throw e;
    }
  }

  /** Where it listens. */
  public URI base() {
    return URI.create(service.url());
  }

  @Override
  public void close() {
    try {
      service.stop().await(60, TimeUnit.SECONDS);
      vertx.close().await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("the service does not stop", e);
    }
  }
}
