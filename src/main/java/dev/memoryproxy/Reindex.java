package dev.memoryproxy;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.config.ConfigException;
import dev.memoryproxy.config.LogFormat;
import dev.memoryproxy.config.Logging;
import dev.memoryproxy.config.ServiceConfig;
import dev.memoryproxy.index.BucketComparison;
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

/** The command {@code reindex}: compares the bucket with the index and mends the index. */
final class Reindex {
  static final String NAME = "reindex";

  private static final int OK = 0;
  private static final int DIFFERS_OR_FAILED = 1;
  private static final String USAGE =
      """
      Usage: java -jar memory-proxy.jar reindex [--namespace N] [--dry-run] [--accept-gone]
      Compares the bucket with the index and repairs the index; files are never changed.
        --namespace N  only this namespace; \"\" is the unnamed one. All where this is left out
        --dry-run      only says what it would do, and writes nothing
        --accept-gone  marks the files whose objects are gone as deleted, however many they are:
                       every machine that syncs will delete them
        --help         prints this
      Needs the settings of the storage: STORAGE, and DATA_DIR or S3_BUCKET and its credentials.
      Exit status: 0 index and bucket agree, or do now; 1 a dry run found differences, files that are
      gone were not marked as deleted, or the storage failed; 78 an argument or a setting is wrong,
      there is no such namespace, or DATA_DIR is not the directory of a service.""";

  private final Vertx vertx;
  private final ServiceConfig.Store config;
  private final ReindexOptions options;
  private final ReindexOutput output;
  private final PrintStream err;

  private Reindex(
      Vertx vertx,
      ServiceConfig.Store config,
      ReindexOptions options,
      ReindexOutput output,
      PrintStream err) {
    this.vertx = vertx;
    this.config = config;
    this.options = options;
    this.output = output;
    this.err = err;
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
    ReindexOptions options;
    try {
      options = ReindexOptions.parse(arguments);
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
        new ReindexOutput(new PrintStream(out, true, StandardCharsets.UTF_8), options);
    Vertx vertx = Vertx.vertx();
    try {
      return ServiceConfig.loadStore(vertx, Path.of(""), environment)
          .compose(config -> new Reindex(vertx, config, options, output, err).run())
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
            : OpenedStore.openExisting(vertx, config.storage(), config.prefix());
    return opened.compose(store -> onOneContext(store).eventually(() -> store.store().close()));
  }

  /** An index belongs to one context. */
  private Future<Integer> onOneContext(OpenedStore store) {
    Promise<Integer> done = Promise.promise();
    vertx.getOrCreateContext().runOnContext(started -> compare(store).onComplete(done));
    return done.future();
  }

  private Future<Integer> compare(OpenedStore store) {
    BucketComparison comparison =
        new BucketComparison(
            VertxIndexEnvironment.of(vertx, store.store()), config.prefix(), options.repair());
    return options
        .namespace()
        .map(only -> compareOne(comparison, only))
        .orElseGet(() -> compareAll(comparison));
  }

  private Future<Integer> compareOne(BucketComparison comparison, Namespace namespace) {
    return comparison
        .compare(namespace)
        .map(
            found -> {
              if (found.isEmpty()) {
                err.println(
                    "There is no namespace "
                        + namespace
                        + ": it has no index, and no object lies under its name. GET /namespaces"
                        + " lists those that there are.");
                return ConfigException.EXIT_STATUS;
              }
              output.print(found.get());
              return output.allWell() ? OK : DIFFERS_OR_FAILED;
            });
  }

  private Future<Integer> compareAll(BucketComparison comparison) {
    return comparison
        .compareAll(
            new BucketComparison.Listener() {
              @Override
              public void compared(BucketComparison.Compared compared) {
                output.print(compared);
              }

              @Override
              public void failed(Namespace namespace, Throwable cause) {
                err.println("namespace " + namespace + ": " + explanation(cause));
                output.failed();
              }
            })
        .map(
            done -> {
              output.printTotal();
              return output.allWell() ? OK : DIFFERS_OR_FAILED;
            });
  }

  private static int failed(Throwable cause, PrintStream err) {
    err.println(explanation(cause));
    return cause instanceof ConfigException || cause instanceof MissingStoreException
        ? ConfigException.EXIT_STATUS
        : DIFFERS_OR_FAILED;
  }

  private static String explanation(Throwable cause) {
    if (cause instanceof ConfigException
        || cause instanceof MissingStoreException
        || cause instanceof StartException
        || cause instanceof StoreException) {
      return String.valueOf(cause.getMessage());
    }
    if (cause instanceof ProxyError error) {
      return error.getCause() instanceof StoreException failure
          ? error.detail() + " (" + failure.getMessage() + ")"
          : error.detail();
    }
    return "reindex failed: " + cause;
  }
}
