package dev.memoryproxy.config;

import dev.memoryproxy.config.ServiceConfig.Auth;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import dev.memoryproxy.config.ServiceConfig.Http;
import dev.memoryproxy.config.ServiceConfig.Index;
import dev.memoryproxy.config.ServiceConfig.Local;
import dev.memoryproxy.config.ServiceConfig.Log;
import dev.memoryproxy.config.ServiceConfig.NoAuth;
import dev.memoryproxy.config.ServiceConfig.S3;
import dev.memoryproxy.config.ServiceConfig.Storage;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.event.Level;

/**
 * Texts in, a checked record out. Goes on after a problem, with a stand-in for the value, so that
 * all problems are found; {@link #parse} never returns a record that holds one.
 */
final class ConfigParser {
  private static final long MAX_SINGLE_PUT = 5L << 30;
  private static final int MAX_DAYS = 36_500;
  private static final int MAX_PREFIX_BYTES = 100;
  private static final int MIN_PUBLIC_TOKEN = 16;
  private static final int MAX_TOKEN = 4096;
  private static final Path NOWHERE = Path.of("/");

  /** What fits behind "Bearer ": token68 of RFC 9110. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

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
        new Index(Duration.ofDays(reader.number(Variable.TOMBSTONE_RETENTION_DAYS, 0, MAX_DAYS)));
    Auth auth = auth(HostName.isLoopback(http.host()));
    reader.refuseProblems();
    return new ServiceConfig(http, storage, prefix, index, auth, log);
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
    return new Http(
        host,
        (int) reader.number(Variable.PORT, 0, 65_535),
        reader.number(Variable.MAX_BLOB_BYTES, 1, MAX_SINGLE_PUT));
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
    // What an unknown mode needs is unknown too.
    return mode.isEmpty() ? new Local(NOWHERE) : mode.get() == StorageMode.LOCAL ? local() : s3();
  }

  private Local local() {
    String directory = reader.required(Variable.DATA_DIR, "STORAGE=local");
    try {
      return new Local(workingDirectory.resolve(directory).normalize());
    } catch (InvalidPathException e) {
      reader.problem(Variable.DATA_DIR, "is not a path");
      return new Local(NOWHERE);
    }
  }

  private S3 s3() {
    String mode = "STORAGE=s3";
    Secret keyId = credential(Variable.AWS_ACCESS_KEY_ID, mode);
    Secret secret = credential(Variable.AWS_SECRET_ACCESS_KEY, mode);
    String region = reader.required(Variable.AWS_REGION, mode);
    if (!region.isEmpty() && !REGION.matcher(region).matches()) {
      reader.problem(Variable.AWS_REGION, "is not the name of a region");
    }
    Optional<URI> endpoint =
        reader.text(Variable.S3_ENDPOINT_URL).isEmpty()
            ? Optional.empty()
            : Optional.of(
                reader.url(Variable.S3_ENDPOINT_URL, reader.text(Variable.S3_ENDPOINT_URL)));
    String bucket = reader.required(Variable.S3_BUCKET, mode);
    Pattern rule = endpoint.isPresent() ? OTHER_BUCKET : AWS_BUCKET;
    if (!bucket.isEmpty() && !rule.matcher(bucket).matches()) {
      reader.problem(Variable.S3_BUCKET, "is not a bucket name");
    }
    return new S3(keyId, secret, region, bucket, endpoint);
  }

  private Secret credential(Variable variable, String mode) {
    String value = reader.required(variable, mode);
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

  private enum AuthMode {
    HEARE,
    TOKENS,
    NONE
  }

  private Auth auth(boolean loopback) {
    Optional<AuthMode> mode = reader.choice(Variable.AUTH, AuthMode.class);
    if (mode.isEmpty()) {
      return new NoAuth();
    }
    if (mode.get() == AuthMode.TOKENS) {
      return tokens(loopback);
    }
    if (mode.get() == AuthMode.NONE) {
      if (!loopback) {
        reader.problem(
            "AUTH is none, which would let everyone in who reaches HOST: set HOST to a loopback"
                + " address such as 127.0.0.1, or AUTH to heare or tokens.");
      }
      return new NoAuth();
    }
    String url = reader.required(Variable.HEARE_AUTH_URL, "AUTH=heare");
    String appId = reader.required(Variable.HEARE_AUTH_APP_ID, "AUTH=heare");
    return new HeareAuth(
        url.isEmpty()
            ? SettingReader.NO_URL
            : reader.url(Variable.HEARE_AUTH_URL, url.replaceFirst("/+$", "")),
        appId);
  }

  private TokenAuth tokens(boolean loopback) {
    String list = reader.required(Variable.AUTH_TOKENS, "AUTH=tokens");
    List<Secret> tokens = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    String[] items = list.isEmpty() ? new String[0] : list.split(",", -1);
    for (int i = 0; i < items.length; i++) {
      String token = items[i].strip();
      String name = "token " + (i + 1) + " of " + items.length;
      if (token.isEmpty()) {
        reader.problem("AUTH_TOKENS has an empty entry (" + name + "): remove the extra comma.");
      } else if (!TOKEN.matcher(token).matches() || token.length() > MAX_TOKEN) {
        reader.problem(
            "AUTH_TOKENS has a token that no client could send ("
                + name
                + "): use up to 4096 letters, digits and -._~+/ only.");
      } else if (token.length() < MIN_PUBLIC_TOKEN && !loopback) {
        reader.problem(
            "AUTH_TOKENS has a token that is too short to be safe ("
                + name
                + "): use at least 16 characters, such as the output of 'openssl rand -hex 16',"
                + " or listen on a loopback HOST.");
      } else if (!seen.add(token)) {
        reader.problem("AUTH_TOKENS has a token twice (" + name + "): remove one.");
      }
      tokens.add(Secret.of(token));
    }
    return new TokenAuth(tokens);
  }
}
