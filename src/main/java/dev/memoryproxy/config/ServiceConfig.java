package dev.memoryproxy.config;

import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.NamespacePattern;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * Everything the operator says; valid by construction.
 *
 * @param storePrefix what every object key starts with, without leading or trailing slash; may be
 *     empty; at most 100 bytes of UTF-8
 * @param aliases other names under which clients may ask for a namespace
 */
public record ServiceConfig(
    Http http,
    Storage storage,
    String storePrefix,
    Index index,
    Reads reads,
    Auth auth,
    NamespaceAliases aliases,
    Histories histories,
    Log log) {

  /**
   * The HTTP edge.
   *
   * @param host the address to listen on
   * @param port 0 takes any free port
   * @param maxBlobBytes the largest file that is taken, 1 byte to 5 GiB
   */
  public record Http(String host, int port, long maxBlobBytes, Uploads uploads) {}

  /**
   * What uploads may hold, all together.
   *
   * @param directory where large ones wait, absolute; empty for the storage's usual place
   * @param maxConcurrent uploads at a time
   * @param maxSpoolBytes on disk; at least one file of the largest size fits
   */
  public record Uploads(Optional<Path> directory, int maxConcurrent, long maxSpoolBytes) {}

  /** Where files are kept. */
  public sealed interface Storage {}

  /**
   * An S3 bucket.
   *
   * @param endpoint an S3-compatible service, to be spoken to in path style; empty for AWS
   */
  public record S3(
      Secret accessKeyId,
      Secret secretAccessKey,
      String region,
      String bucket,
      Optional<URI> endpoint,
      S3Limits limits)
      implements Storage {}

  /**
   * What is asked of a bucket at most.
   *
   * @param connections requests under way at once; more wait for their turn
   * @param connectTimeout for one TCP connection
   * @param attemptTimeout for one request; large bodies get more
   * @param callTimeout for all attempts at the same request together; no shorter than one
   */
  public record S3Limits(
      int connections, Duration connectTimeout, Duration attemptTimeout, Duration callTimeout) {}

  /**
   * A directory.
   *
   * @param directory absolute; may not exist yet
   */
  public record Local(Path directory) implements Storage {}

  /**
   * The sync index.
   *
   * @param tombstoneRetention how long deleted files are listed; zero for ever
   * @param cacheBytes memory that open namespaces should take at most
   * @param maxQueuedChanges changes that may wait for the log before writes are refused
   */
  public record Index(Duration tombstoneRetention, long cacheBytes, int maxQueuedChanges) {}

  /**
   * Where gzip files are known by what they unpack to.
   *
   * @param namespaces empty for nowhere
   */
  public record Histories(List<NamespacePattern> namespaces) {
    public Histories {
      namespaces = List.copyOf(namespaces);
    }
  }

  /**
   * Reading files.
   *
   * @param cacheBytes memory for what was read, bookkeeping included; 0 for none
   */
  public record Reads(long cacheBytes) {}

  /** Who may call. */
  public sealed interface Auth {}

  /**
   * Whoever a heare-auth service knows.
   *
   * @param url the service's base, without trailing slash
   */
  public record HeareAuth(URI url, String appId) implements Auth {}

  /**
   * Whoever has one of these tokens.
   *
   * @param tokens open everything; all differ and fit into a bearer header
   * @param file lists others, and changes while the service runs
   */
  public record TokenAuth(List<Secret> tokens, Optional<TokenFile> file) implements Auth {
    public TokenAuth {
      tokens = List.copyOf(tokens);
    }
  }

  /** Everyone who reaches the loopback interface. */
  public record NoAuth() implements Auth {}

  /** The log. */
  public record Log(Level level, LogFormat format) {}

  /**
   * What a command needs that works on the store and serves nobody.
   *
   * @param prefix as {@link ServiceConfig#storePrefix}
   */
  public record Store(Storage storage, String prefix, Log log) {}

  /**
   * Reads the same sources as {@link #load} does, but only the settings that a command needs: those
   * of the HTTP edge and of authentication may be missing or wrong.
   *
   * @return fails with {@link ConfigException}, which lists every problem at once
   */
  public static Future<Store> loadStore(
      Vertx vertx, Path workingDirectory, Map<String, String> environment) {
    Path directory = workingDirectory.toAbsolutePath().normalize();
    return ConfigSources.read(vertx, directory, environment)
        .map(settings -> new ConfigParser(settings, directory).parseStore());
  }

  /**
   * Reads and checks the configuration: built-in defaults, overridden by {@code conf/config.json},
   * by {@code .env} and by the environment, in this order. Both files are optional.
   *
   * @param workingDirectory where the files, and a relative {@code DATA_DIR}, are looked for
   * @param environment the process's environment; of it only the service's own variables are read
   * @return fails with {@link ConfigException}, which lists every problem at once
   */
  public static Future<ServiceConfig> load(
      Vertx vertx, Path workingDirectory, Map<String, String> environment) {
    Path directory = workingDirectory.toAbsolutePath().normalize();
    return ConfigSources.read(vertx, directory, environment)
        // Reads the file of tokens, hence not on an event loop.
        .compose(
            settings -> vertx.executeBlocking(() -> new ConfigParser(settings, directory).parse()));
  }
}
