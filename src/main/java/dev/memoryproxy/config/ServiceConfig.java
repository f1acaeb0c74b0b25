package dev.memoryproxy.config;

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
 */
public record ServiceConfig(
    Http http, Storage storage, String storePrefix, Index index, Auth auth, Log log) {

  /**
   * The HTTP edge.
   *
   * @param host the address to listen on
   * @param port 0 takes any free port
   * @param maxBlobBytes the largest file that is taken, 1 byte to 5 GiB
   */
  public record Http(String host, int port, long maxBlobBytes) {}

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
      Optional<URI> endpoint)
      implements Storage {}

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
   */
  public record Index(Duration tombstoneRetention) {}

  /** Who may call. */
  public sealed interface Auth {}

  /**
   * Whoever a heare-auth service knows.
   *
   * @param url the service's base, without trailing slash
   */
  public record HeareAuth(URI url, String appId) implements Auth {}

  /** Whoever has one of these tokens; all differ and fit into a bearer header. */
  public record TokenAuth(List<Secret> tokens) implements Auth {
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
        .map(settings -> new ConfigParser(settings, directory).parse());
  }
}
