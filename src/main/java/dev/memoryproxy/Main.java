package dev.memoryproxy;

import dev.memoryproxy.config.ConfigException;
import dev.memoryproxy.config.Logging;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.http.GuardedTransport;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process: configuration in, exit status out, signals in between. */
public final class Main {
  private static final String USAGE =
      """
      Usage: java -jar memory-proxy.jar                      starts the service
             java -jar memory-proxy.jar reindex [--help]     compares the bucket with the index
      Settings come from environment variables, .env and conf/config.json.""";

  private static final int EXIT_FAILURE = 1;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(35);

  /** An event loop that is busy for longer is named in the log. */
  private static final long BLOCKED_WARNING_MILLIS =
      Long.getLong("memoryproxy.blocked.millis", 1_000);

  /** Often enough that hardly anything over the limit goes unseen between two looks. */
  private static final long BLOCKED_CHECK_MILLIS = Math.max(1, BLOCKED_WARNING_MILLIS / 4);

  private Main() {}

  /** Starts the service, which runs until it gets a signal, or runs a command. */
  public static void main(String[] args) {
    if (args.length > 0) {
      System.exit(command(List.of(args)));
    }
    Vertx vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    // A thread that has to be woken costs more than most of what is sent to it.
                    .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
                    .setMaxEventLoopExecuteTime(BLOCKED_WARNING_MILLIS)
                    .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS)
                    .setBlockedThreadCheckInterval(BLOCKED_CHECK_MILLIS)
                    .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS)
                    // A warning that does not say where is of no use.
                    .setWarningExceptionTime(BLOCKED_WARNING_MILLIS)
                    .setWarningExceptionTimeUnit(TimeUnit.MILLISECONDS))
            .withTransport(GuardedTransport.usual())
            .build();
    ServiceConfig.load(vertx, Path.of(""), System.getenv())
        .compose(config -> configureLogging(vertx, config))
        .compose(config -> Service.start(vertx, config))
        .onSuccess(
            service -> {
              Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(service), "shutdown"));
              announce(service);
            })
        .onFailure(Main::fail);
  }

  /** Loads the logging backend, so not on an event loop. */
  private static Future<ServiceConfig> configureLogging(Vertx vertx, ServiceConfig config) {
    return vertx.executeBlocking(
        () -> {
          Logging.configure(config.log().level(), config.log().format());
          return config;
        });
  }

  private static int command(List<String> args) {
    if (args.get(0).equals(Reindex.NAME)) {
      return Reindex.run(args.subList(1, args.size()), System.getenv(), System.out, System.err);
    }
    if (args.get(0).equals("--help")) {
      System.out.println(USAGE);
      return 0;
    }
    System.err.println("Unknown argument " + args.get(0) + ".\n" + USAGE);
    return ConfigException.EXIT_STATUS;
  }

  private static void announce(Service service) {
    // Not since the process began: a shell that replaced itself may have done much before.
    long millis = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
    log()
        .atInfo()
        .addKeyValue("version", Version.current())
        .addKeyValue("port", service.port())
        .addKeyValue("storage", service.storageName())
        .addKeyValue("ready_seconds", BigDecimal.valueOf(millis / 10, 2))
        .log("memory proxy is ready on {}", service.url());
  }

  private static void fail(Throwable cause) {
    if (cause instanceof ConfigException problems) {
      System.err.println(problems.getMessage());
      System.exit(ConfigException.EXIT_STATUS);
    }
    if (cause instanceof StartException) {
      log().error(cause.getMessage());
    } else {
      log().error("The service cannot start", cause);
    }
    Logging.flush();
    System.exit(EXIT_FAILURE);
  }

  /**
   * Runs in the shutdown hook; the JVM would answer a SIGTERM with 143 after it, hence the halt.
   */
  private static void stop(Service service) {
    CountDownLatch stopped = new CountDownLatch(1);
    boolean[] clean = {false};
    service
        .stop()
        .onComplete(
            result -> {
              clean[0] = result.succeeded();
              if (result.failed()) {
                log().error("The service did not stop in order", result.cause());
              }
              stopped.countDown();
            });
    try {
      if (!stopped.await(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        log().error("The service did not stop within {} s", STOP_LIMIT.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (clean[0]) {
      log().info("memory proxy has stopped");
    }
    Logging.flush();
    Runtime.getRuntime().halt(clean[0] ? 0 : EXIT_FAILURE);
  }

  // Not a constant: the logging backend may only be touched after it has been configured.
  private static Logger log() {
    return LoggerFactory.getLogger(Main.class);
  }
}
