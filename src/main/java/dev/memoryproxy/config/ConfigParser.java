package dev.memoryproxy.config;

import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.NamespacePattern;
import dev.memoryproxy.blob.PatternException;
import dev.memoryproxy.config.ServiceConfig.Auth;
import dev.memoryproxy.config.ServiceConfig.Histories;
import dev.memoryproxy.config.ServiceConfig.Http;
import dev.memoryproxy.config.ServiceConfig.Index;
import dev.memoryproxy.config.ServiceConfig.Local;
import dev.memoryproxy.config.ServiceConfig.Log;
import dev.memoryproxy.config.ServiceConfig.Reads;
import dev.memoryproxy.config.ServiceConfig.S3;
import dev.memoryproxy.config.ServiceConfig.S3Limits;
import dev.memoryproxy.config.ServiceConfig.Storage;
import dev.memoryproxy.config.ServiceConfig.Uploads;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.event.Level;

/**
 * Texts in, a checked record out. Goes on after a problem, with a stand-in for the value, so that
 * all problems are found; {@link #parse} never returns a record that holds one.
 */
final class ConfigParser {
  private static final long MAX_SINGLE_PUT = 5L << 30;
  private static final long MAX_SPOOL = 1L << 50;
  private static final int MAX_DAYS = 36_500;
  private static final long MIN_CACHE = 1L << 20;
  private static final long MAX_CACHE = 1L << 40;
  private static final int MAX_PREFIX_BYTES = 100;
  private static final Path NOWHERE = Path.of("/");

  private static final Pattern REGION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
  private static final Pattern AWS_BUCKET =
      Pattern.compile("(?!\\d+\\.\\d+\\.\\d+\\.\\d+$)(?!.*\\.\\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  // S3-compatible services often know names of AWS's older rules.
  private static final Pattern OTHER_BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");

  private final SettingReader reader;
  private final Path workingDirectory;

  ConfigParser(ConfigSources.Settings settings, Path workingDirectory) {
    this.reader = new SettingReader(settings);
    this.workingDirectory = workingDirectory;
  }

  /**
   * Checks everything.
   *
   * @throws ConfigException with every problem
   */
  ServiceConfig parse() {
    Http http = http();
    Log log = log();
    Storage storage = storage();
    String prefix = prefix();
    Index index =
        new Index(
            Duration.ofDays(reader.number(Variable.TOMBSTONE_RETENTION_DAYS, 0, MAX_DAYS)),
            reader.number(Variable.INDEX_CACHE_BYTES, MIN_CACHE, MAX_CACHE),
            (int) reader.number(Variable.MAX_QUEUED_CHANGES, 100, 1_000_000));
    Reads reads = new Reads(reader.number(Variable.READ_CACHE_BYTES, 0, MAX_CACHE));
    boolean onlyThisMachine = reader.isDoubtful(Variable.HOST) || HostName.isLoopback(http.host());
    Auth auth = new AuthParser(reader, workingDirectory, onlyThisMachine).parse();
    NamespaceAliases aliases = new AliasParser(reader).parse();
    Histories histories = histories();
    reader.refuseProblems();
    return new ServiceConfig(http, storage, prefix, index, reads, auth, aliases, histories, log);
  }

  /**
   * Checks what concerns the store and the log.
   *
   * @throws ConfigException with every problem of these
   */
  ServiceConfig.Store parseStore() {
    Log log = log();
    Storage storage = storage();
    String prefix = prefix();
    reader.refuseProblems();
    return new ServiceConfig.Store(storage, prefix, log);
  }

  private Log log() {
    return new Log(
        level(), reader.choice(Variable.LOG_FORMAT, LogFormat.class).orElse(LogFormat.TEXT));
  }

  private Http http() {
    String host =
        reader.text(Variable.HOST).replaceAll("^\\[(.*)]$", "$1"); // as IPv6 stands in a URL
    if (!HostName.isValid(host)) {
      reader.wrongValue(Variable.HOST);
    }
    int port = (int) reader.number(Variable.PORT, 0, 65_535);
    long maxBlobBytes = reader.number(Variable.MAX_BLOB_BYTES, 1, MAX_SINGLE_PUT);
    return new Http(host, port, maxBlobBytes, uploads(maxBlobBytes));
  }

  private Uploads uploads(long maxBlobBytes) {
    return new Uploads(
        reader.text(Variable.SPOOL_DIR).isEmpty()
            ? Optional.empty()
            : Optional.of(directory(Variable.SPOOL_DIR, reader.text(Variable.SPOOL_DIR))),
        (int) reader.number(Variable.MAX_UPLOADS, 1, 100_000),
        reader.number(Variable.MAX_SPOOL_BYTES, maxBlobBytes, MAX_SPOOL));
  }

  private Path directory(Variable variable, String directory) {
    try {
      return workingDirectory.resolve(directory).normalize();
    } catch (InvalidPathException e) {
      reader.problem(variable, "is not a path");
      return NOWHERE;
    }
  }

  private Level level() {
    String name = reader.text(Variable.LOG_LEVEL).toUpperCase(Locale.ROOT);
    try {
      return name.equals("WARNING") ? Level.WARN : Level.valueOf(name);
    } catch (IllegalArgumentException e) {
      reader.wrongValue(Variable.LOG_LEVEL);
      return Level.INFO;
    }
  }

  private enum StorageMode {
    S3,
    LOCAL
  }

  private Storage storage() {
    Optional<StorageMode> mode = reader.choice(Variable.STORAGE, StorageMode.class);
    if (mode.isEmpty()) {
      // What an unknown mode needs is unknown too; what is there can be looked at all the same.
      s3(Optional.empty());
      return local(Optional.empty());
    }
    return mode.get() == StorageMode.LOCAL
        ? local(Optional.of("STORAGE=local"))
        : s3(Optional.of("STORAGE=s3"));
  }

  private Local local(Optional<String> mode) {
    return new Local(directory(Variable.DATA_DIR, reader.needed(Variable.DATA_DIR, mode)));
  }

  private S3 s3(Optional<String> mode) {
    Secret keyId = credential(Variable.AWS_ACCESS_KEY_ID, mode);
    Secret secret = credential(Variable.AWS_SECRET_ACCESS_KEY, mode);
    String region = reader.needed(Variable.AWS_REGION, mode);
    if (!region.isEmpty() && !REGION.matcher(region).matches()) {
      reader.problem(Variable.AWS_REGION, "is not the name of a region");
    }
    Optional<URI> endpoint =
        reader.text(Variable.S3_ENDPOINT_URL).isEmpty()
            ? Optional.empty()
            : Optional.of(
                reader.url(Variable.S3_ENDPOINT_URL, reader.text(Variable.S3_ENDPOINT_URL)));
    String bucket = reader.needed(Variable.S3_BUCKET, mode);
    boolean atAws = endpoint.isEmpty() && !reader.isDoubtful(Variable.S3_ENDPOINT_URL);
    Pattern rule = atAws ? AWS_BUCKET : OTHER_BUCKET;
    if (!bucket.isEmpty() && !rule.matcher(bucket).matches()) {
      reader.problem(Variable.S3_BUCKET, "is not a bucket name");
    }
    return new S3(keyId, secret, region, bucket, endpoint, s3Limits());
  }

  private S3Limits s3Limits() {
    int connections = (int) reader.number(Variable.S3_MAX_CONNECTIONS, 8, 10_000);
    long connect = reader.number(Variable.S3_CONNECT_TIMEOUT_SECONDS, 1, 60);
    long attempt = reader.number(Variable.S3_ATTEMPT_TIMEOUT_SECONDS, 1, 600);
    long call = reader.number(Variable.S3_CALL_TIMEOUT_SECONDS, attempt, 3_600);
    return new S3Limits(
        connections,
        Duration.ofSeconds(connect),
        Duration.ofSeconds(attempt),
        Duration.ofSeconds(call));
  }

  private Secret credential(Variable variable, Optional<String> mode) {
    String value = reader.needed(variable, mode);
    if (value.chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
      reader.problem(variable, "has a character that no AWS credential has");
    }
    return Secret.of(value);
  }

  private String prefix() {
    String prefix = reader.text(Variable.S3_PREFIX);
    if (prefix.isEmpty()) {
      return prefix;
    }
    if (prefix.getBytes(StandardCharsets.UTF_8).length > MAX_PREFIX_BYTES) {
      reader.problem(Variable.S3_PREFIX, "is longer than " + MAX_PREFIX_BYTES + " bytes");
    }
    if (prefix.chars().anyMatch(Character::isISOControl)) {
      reader.problem(Variable.S3_PREFIX, "has a control character");
    }
    for (String segment : prefix.split("/", -1)) {
      if (segment.isEmpty()) {
        reader.problem(Variable.S3_PREFIX, "has a leading, trailing or doubled slash");
        return prefix;
      }
      if (segment.equals(".") || segment.equals("..") || segment.startsWith(".sync-")) {
        reader.problem(
            Variable.S3_PREFIX, "has a segment that is '.', '..' or starts with '.sync-'");
        return prefix;
      }
    }
    return prefix;
  }

  private enum Switch {
    TRUE,
    FALSE
  }

  private Histories histories() {
    List<NamespacePattern> patterns = new ArrayList<>();
    for (String item : reader.text(Variable.GZIP_NAMESPACES).split(",", -1)) {
      String text = item.strip();
      try {
        patterns.add(NamespacePattern.parse(text));
      } catch (PatternException e) {
        reader.problem(
            Variable.GZIP_NAMESPACES,
            "has a pattern " + Printable.of(text) + " that " + e.problem());
      }
    }
    boolean on =
        reader.choice(Variable.GZIP_CONTENT_MD5, Switch.class).orElse(Switch.FALSE) == Switch.TRUE;
    return new Histories(on ? patterns : List.of());
  }
}
