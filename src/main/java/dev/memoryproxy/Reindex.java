package dev.memoryproxy;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.config.ConfigException;
import dev.memoryproxy.config.LogFormat;
import dev.memoryproxy.config.Logging;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.index.NamespaceIndex;
import dev.memoryproxy.index.ReindexReport;
import dev.memoryproxy.index.VertxIndexEnvironment;
import dev.memoryproxy.storage.StoreException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.slf4j.event.Level;

/**
 * The command {@code reindex}: compares the bucket with the index of one namespace and mends it.
 */
final class Reindex {
  static final String NAME = "reindex";

  private static final int OK = 0;
  private static final int DIFFERS_OR_FAILED = 1;
  private static final String USAGE =
      """
      Usage: java -jar memory-proxy.jar reindex [--namespace N] [--dry-run]
      Compares the bucket with the index and repairs the index; files are never changed.
        --namespace N  the namespace; the unnamed one where this is left out
        --dry-run      only says what it would do
        --help         prints this
      Needs the settings of the storage: STORAGE, and DATA_DIR or S3_BUCKET and its credentials.
      Exit status: 0 index and bucket agree, or do now; 1 a dry run found differences, a repair was
      refused, or the storage failed; 78 an argument or a setting is wrong.""";

  private final Vertx vertx;
  private final ServiceConfig.Store config;
  private final Options options;
  private final ReindexOutput output;

  private Reindex(Vertx vertx, ServiceConfig.Store config, Options options, ReindexOutput output) {
    this.vertx = vertx;
    this.config = config;
    this.options = options;
    this.output = output;
  }

  private record Options(Namespace namespace, boolean dryRun, boolean help) {
    /**
     * @throws IllegalArgumentException with a message for the user
     */
    static Options parse(List<String> arguments) {
      Namespace namespace = Namespace.DEFAULT;
      boolean dryRun = false;
      boolean help = false;
      for (int i = 0; i < arguments.size(); i++) {
        switch (arguments.get(i)) {
          case "--dry-run" -> dryRun = true;
          case "--help" -> help = true;
          case "--namespace" -> {
            i++;
            namespace = namespace(i < arguments.size() ? arguments.get(i) : "");
          }
          default ->
              throw new IllegalArgumentException(
                  "Unknown argument "
                      + arguments.get(i)
                      + ": use --namespace N, --dry-run or --help.");
        }
      }
      return new Options(namespace, dryRun, help);
    }

    private static Namespace namespace(String name) {
      try {
        return Namespace.parse(name);
      } catch (ProxyError invalid) {
        throw new IllegalArgumentException(
            "--namespace needs a name such as personas/default/memory. " + invalid.detail(),
            invalid);
      }
    }
  }

  /**
   * Runs the command to its end; blocks.
   *
   * @param out takes the report and nothing else
   * @param err takes the log and what went wrong
   * @return the exit status
   */
  static int run(
      List<String> arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      err.println(e.getMessage());
      return ConfigException.EXIT_STATUS;
    }
    if (options.help()) {
      out.println(USAGE);
      return OK;
    }
    Logging.configureForCommand(Level.WARN, LogFormat.TEXT);
    ReindexOutput output =
        new ReindexOutput(new PrintStream(out, true, StandardCharsets.UTF_8), options.namespace());
    Vertx vertx = Vertx.vertx();
    try {
      return ServiceConfig.loadStore(vertx, Path.of(""), environment)
          .compose(config -> new Reindex(vertx, config, options, output).run())
          .recover(cause -> Future.succeededFuture(failed(cause, err)))
          .await();
    } finally {
      vertx.close().await();
    }
  }

  private Future<Integer> run() {
    Logging.configureForCommand(config.log().level(), config.log().format());
    Future<OpenedStore> opened =
        options.dryRun()
            ? OpenedStore.openReadOnly(vertx, config.storage())
            : OpenedStore.open(vertx, config.storage(), config.prefix());
    return opened.compose(
        store -> onOneContext(store).eventually(() -> store.store().close()).map(this::status));
  }

  /** An index belongs to one context. */
  private Future<ReindexReport> onOneContext(OpenedStore store) {
    Promise<ReindexReport> done = Promise.promise();
    vertx.getOrCreateContext().runOnContext(started -> compare(store).onComplete(done));
    return done.future();
  }

  private Future<ReindexReport> compare(OpenedStore store) {
    NamespaceIndex index =
        NamespaceIndex.withoutHousekeeping(
            VertxIndexEnvironment.of(vertx, store.store()), config.prefix(), options.namespace());
    Future<ReindexReport> compared =
        index
            .reindex(options.dryRun())
            .onSuccess(report -> output.print(report, options.dryRun(), index.size()));
    // Closing writes a checkpoint.
    return options.dryRun() ? compared : compared.eventually(index::close);
  }

  private int status(ReindexReport report) {
    boolean agree = report.clean() || (!options.dryRun() && !report.refused());
    return agree ? OK : DIFFERS_OR_FAILED;
  }

  private static int failed(Throwable cause, PrintStream err) {
    if (cause instanceof ConfigException problems) {
      err.println(problems.getMessage());
      return ConfigException.EXIT_STATUS;
    }
    if (cause instanceof StartException || cause instanceof StoreException) {
      err.println(cause.getMessage());
    } else if (cause instanceof ProxyError error) {
      String known =
          error.getCause() instanceof StoreException failure
              ? " (" + failure.getMessage() + ")"
              : "";
      err.println(error.detail() + known);
    } else {
      err.println("reindex failed: " + cause);
    }
    return DIFFERS_OR_FAILED;
  }
}
