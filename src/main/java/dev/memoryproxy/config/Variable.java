package dev.memoryproxy.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every variable that can be set, in the order in which problems are reported. */
enum Variable {
  HOST("0.0.0.0", "the address to listen on: an IP address or a host name"),
  PORT("8000", "a whole number from 0 to 65535 (0 takes any free port)"),
  MAX_BLOB_BYTES("104857600", "a whole number of bytes from 1 to 5368709120 (S3's limit, 5 GiB)"),
  SPOOL_DIR(null, "the directory where large uploads wait; leave it out for the usual one"),
  MAX_UPLOADS("2000", "a whole number of uploads at a time, from 1 to 100000"),
  MAX_SPOOL_BYTES(
      "17179869184", "a whole number of bytes from MAX_BLOB_BYTES to 1125899906842624 (1 PiB)"),
  MAX_QUEUED_CHANGES("10000", "a whole number of changes from 100 to 1000000"),
  LOG_LEVEL("INFO", "one of TRACE, DEBUG, INFO, WARN, ERROR"),
  LOG_FORMAT("text", "one of text, json"),
  STORAGE("s3", "one of s3, local"),
  DATA_DIR(null, "the directory to keep files in"),
  AWS_ACCESS_KEY_ID(null, "the ID of an access key that may use the bucket"),
  AWS_SECRET_ACCESS_KEY(null, "the secret that belongs to AWS_ACCESS_KEY_ID"),
  AWS_REGION(null, "the bucket's region, such as eu-central-1"),
  S3_BUCKET(null, "the name of an existing bucket"),
  S3_PREFIX(
      "memory", "what keys in the bucket start with, such as memory or teams/a; may be empty"),
  S3_ENDPOINT_URL(null, "the http or https URL of an S3-compatible service; leave it out for AWS"),
  S3_MAX_CONNECTIONS("128", "a whole number of connections from 8 to 10000"),
  S3_CONNECT_TIMEOUT_SECONDS("2", "a whole number of seconds from 1 to 60"),
  S3_ATTEMPT_TIMEOUT_SECONDS("10", "a whole number of seconds from 1 to 600"),
  S3_CALL_TIMEOUT_SECONDS(
      "30", "a whole number of seconds from S3_ATTEMPT_TIMEOUT_SECONDS to 3600"),
  TOMBSTONE_RETENTION_DAYS(
      "90", "a whole number of days from 0 to 36500 (0 lists deleted files for ever)"),
  GZIP_CONTENT_MD5("false", "one of true, false"),
  GZIP_NAMESPACES(
      "**/history/**", "patterns of namespaces such as **/history/**, separated by commas"),
  INDEX_CACHE_BYTES(
      "67108864", "a whole number of bytes from 1048576 (1 MiB) to 1099511627776 (1 TiB)"),
  READ_CACHE_BYTES(
      "16777216",
      "a whole number of bytes from 0 to 1099511627776 (1 TiB) that the heap has room for; 0 turns"
          + " the cache off"),
  AUTH("heare", "one of heare, tokens, or none on a loopback HOST"),
  HEARE_AUTH_URL(null, "the http or https URL of the auth service"),
  HEARE_AUTH_APP_ID(null, "the ID under which the auth service knows this application"),
  AUTH_TOKENS(null, "the tokens to accept, separated by commas, or set AUTH_TOKENS_FILE"),
  AUTH_TOKENS_FILE(
      null, "a file of at most 1048576 bytes that this process may read, a JSON list of tokens"),
  NAMESPACE_ALIASES(
      null,
      "what clients ask for and what they get, such as */memory=personas/*/memory, separated by"
          + " commas, or a JSON object of the same");

  private final @Nullable String defaultValue;
  private final String remedy;

  Variable(@Nullable String defaultValue, String remedy) {
    this.defaultValue = defaultValue;
    this.remedy = remedy;
  }

  /** The built-in value; null when there is none. */
  @Nullable String defaultValue() {
    return defaultValue;
  }

  /** What to set it to, to follow "set it to". */
  String remedy() {
    return remedy;
  }

  /** Whether setting it to nothing means nothing, rather than leaving it out. */
  boolean mayBeEmpty() {
    return this == S3_PREFIX;
  }

  /** Whether {@code conf/config.json} may set it to an object instead of that object's text. */
  boolean mayBeObject() {
    return this == NAMESPACE_ALIASES;
  }

  /** Whether it has parts that are separated by commas. */
  boolean isList() {
    return this == AUTH_TOKENS || this == GZIP_NAMESPACES || this == NAMESPACE_ALIASES;
  }

  /** Whether {@code conf/config.json} may set it to a boolean. */
  boolean mayBeBoolean() {
    return this == GZIP_CONTENT_MD5;
  }

  /** The variable of exactly this name. */
  static Optional<Variable> named(String name) {
    return Arrays.stream(values()).filter(variable -> variable.name().equals(name)).findFirst();
  }

  /** The variable that an unknown name is most like, among names that are all meant for us. */
  static Optional<Variable> like(String name) {
    return nearest(name, Math.min(2, name.length() / 2));
  }

  /** The variable that an unknown name misspells, among names that may be somebody else's. */
  static Optional<Variable> misspelt(String name) {
    return nearest(name, name.length() < 10 ? 1 : 2);
  }

  private static Optional<Variable> nearest(String name, int limit) {
    String upper = name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    return Arrays.stream(values())
        .filter(variable -> distance(variable.name(), upper) <= limit)
        .min(Comparator.comparingInt(variable -> distance(variable.name(), upper)));
  }

  /** How many letters to add, drop, replace or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        int replaced = steps[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        steps[i][j] = Math.min(replaced, Math.min(steps[i - 1][j], steps[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          steps[i][j] = Math.min(steps[i][j], steps[i - 2][j - 2] + 1);
        }
      }
    }
    return steps[a.length()][b.length()];
  }
}
