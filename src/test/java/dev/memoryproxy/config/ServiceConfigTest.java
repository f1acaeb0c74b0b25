package dev.memoryproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.NamespacePattern;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import dev.memoryproxy.config.ServiceConfig.Local;
import dev.memoryproxy.config.ServiceConfig.NoAuth;
import dev.memoryproxy.config.ServiceConfig.S3;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class ServiceConfigTest {
  private static final String SECRET = "Sup3rS3cretAccessKeyValue/+=";
  private static final String TOKEN = "t0ken-of-alice-0123456789";

  private static Vertx vertx;

  private final Path directory;

  ServiceConfigTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    vertx.close().await();
  }

  private ServiceConfig load(Map<String, String> environment) {
    return ServiceConfig.load(vertx, directory, environment).await();
  }

  private List<String> problems(Map<String, String> environment) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, () -> load(environment));
    assertThat(refused).describedAs("a configuration that must be refused").isNotNull();
    for (String problem : refused.problems()) {
      assertThat(refused.getMessage()).contains("\n  " + problem);
      assertThat(problem).doesNotContain("\n");
    }
    return refused.problems();
  }

  private static Map<String, String> with(Map<String, String> base, String... namesAndValues) {
    Map<String, String> all = new LinkedHashMap<>(base);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      all.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return all;
  }

  private static Map<String, String> local(String... namesAndValues) {
    return with(
        Map.of("STORAGE", "local", "DATA_DIR", "data", "AUTH", "tokens", "AUTH_TOKENS", TOKEN),
        namesAndValues);
  }

  private static Map<String, String> cloud(String... namesAndValues) {
    return with(
        Map.of(
            "AWS_ACCESS_KEY_ID", "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY", SECRET,
            "AWS_REGION", "eu-central-1",
            "S3_BUCKET", "agents",
            "HEARE_AUTH_URL", "https://auth.example.com/base/",
            "HEARE_AUTH_APP_ID", "app-1"),
        namesAndValues);
  }

  private void write(String file, String content) throws IOException {
    Path path = directory.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  @Test
  void theDefaultsAreS3AndHeareOnPort8000() {
    ServiceConfig config = load(cloud());

    assertThat(config.http())
        .isEqualTo(
            new ServiceConfig.Http(
                "0.0.0.0",
                8000,
                104_857_600,
                new ServiceConfig.Uploads(Optional.empty(), 2_000, 16L << 30)));
    assertThat(config.index().maxQueuedChanges()).isEqualTo(10_000);
    assertThat(config.storePrefix()).isEqualTo("memory");
    assertThat(config.index().tombstoneRetention()).isEqualTo(Duration.ofDays(90));
    assertThat(config.index().cacheBytes()).isEqualTo(64 << 20);
    assertThat(config.reads().cacheBytes()).isEqualTo(16 << 20);
    assertThat(config.log()).isEqualTo(new ServiceConfig.Log(Level.INFO, LogFormat.TEXT));
    S3 s3 = (S3) config.storage();
    assertThat(s3.accessKeyId().reveal()).isEqualTo("AKIAEXAMPLE");
    assertThat(s3.secretAccessKey().reveal()).isEqualTo(SECRET);
    assertThat(s3.region()).isEqualTo("eu-central-1");
    assertThat(s3.bucket()).isEqualTo("agents");
    assertThat(s3.endpoint()).isEmpty();
    assertThat(s3.limits())
        .isEqualTo(
            new ServiceConfig.S3Limits(
                128, Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(30)));
    assertThat(config.auth())
        .isEqualTo(new HeareAuth(URI.create("https://auth.example.com/base"), "app-1"));
  }

  @Test
  void localStorageTakesADirectoryRelativeToTheWorkingDirectory() {
    ServiceConfig config = load(local());

    assertThat(config.storage()).isEqualTo(new Local(directory.resolve("data")));
    assertThat(((TokenAuth) config.auth()).tokens()).hasSize(1);
    assertThat(((TokenAuth) config.auth()).tokens().get(0).reveal()).isEqualTo(TOKEN);
  }

  @Test
  void theEnvironmentOverridesDotenvOverridesTheFileOverridesTheDefaults() throws IOException {
    write("conf/config.json", "{\"PORT\":1,\"S3_PREFIX\":\"file\",\"HOST\":\"127.0.0.1\"}");
    write(".env", "PORT=2\nS3_PREFIX=dotenv\n# a comment\nJAVA_OPTS=-Xmx64m\n");

    ServiceConfig config = load(local("PORT", "3"));

    assertThat(config.http().port()).isEqualTo(3);
    assertThat(config.storePrefix()).isEqualTo("dotenv");
    assertThat(config.http().host()).isEqualTo("127.0.0.1");
    assertThat(config.log().level()).isEqualTo(Level.INFO);
  }

  @Test
  void anEmptyVariableIsUnset() throws IOException {
    write("conf/config.json", "{\"PORT\":1}");
    write(".env", "PORT=\nLOG_LEVEL=\"\"\n");

    ServiceConfig config = load(local("PORT", "", "LOG_LEVEL", " "));

    assertThat(config.http().port()).isEqualTo(1);
    assertThat(config.log().level()).isEqualTo(Level.INFO);
  }

  @Test
  void thePrefixMayBeSetToNothing() {
    assertThat(load(local("S3_PREFIX", "")).storePrefix()).isEmpty();
  }

  @Test
  void tombstonesAreKeptForSoManyDaysOrForEver() {
    assertThat(load(local("TOMBSTONE_RETENTION_DAYS", "7")).index().tombstoneRetention())
        .isEqualTo(Duration.ofDays(7));
    assertThat(load(local("TOMBSTONE_RETENTION_DAYS", "0")).index().tombstoneRetention())
        .isEqualTo(Duration.ZERO);
  }

  @Test
  void gzipFilesAreKnownByTheirBytesUnlessTheOperatorSaysOtherwise() throws IOException {
    assertThat(load(local("GZIP_NAMESPACES", "a/**")).histories().namespaces()).isEmpty();
    assertThat(load(local("GZIP_CONTENT_MD5", "true")).histories().namespaces())
        .containsExactly(NamespacePattern.parse("**/history/**"));
    write("conf/config.json", "{\"GZIP_CONTENT_MD5\": true}");
    assertThat(load(local("GZIP_NAMESPACES", "logs, a/*/b")).histories().namespaces())
        .containsExactly(NamespacePattern.parse("logs"), NamespacePattern.parse("a/*/b"));
  }

  @Test
  void boundsAreSettingsAndMustFitEachOther() {
    ServiceConfig config =
        load(
            cloud(
                "SPOOL_DIR", "spool",
                "MAX_UPLOADS", "7",
                "MAX_BLOB_BYTES", "1000",
                "MAX_SPOOL_BYTES", "1000",
                "MAX_QUEUED_CHANGES", "100",
                "S3_MAX_CONNECTIONS", "8",
                "S3_CONNECT_TIMEOUT_SECONDS", "1",
                "S3_ATTEMPT_TIMEOUT_SECONDS", "5",
                "S3_CALL_TIMEOUT_SECONDS", "5"));
    assertThat(config.http().uploads())
        .isEqualTo(new ServiceConfig.Uploads(Optional.of(directory.resolve("spool")), 7, 1_000));
    assertThat(config.index().maxQueuedChanges()).isEqualTo(100);
    assertThat(((S3) config.storage()).limits())
        .isEqualTo(
            new ServiceConfig.S3Limits(
                8, Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(5)));

    assertThat(
            problems(
                cloud(
                    "MAX_UPLOADS", "0",
                    "MAX_SPOOL_BYTES", "1000",
                    "MAX_QUEUED_CHANGES", "99",
                    "S3_MAX_CONNECTIONS", "7",
                    "S3_CALL_TIMEOUT_SECONDS", "9")))
        .satisfiesExactlyInAnyOrder(
            first -> assertThat(first).startsWith("MAX_UPLOADS is"),
            second ->
                assertThat(second).startsWith("MAX_SPOOL_BYTES is").contains("MAX_BLOB_BYTES"),
            third -> assertThat(third).startsWith("MAX_QUEUED_CHANGES is"),
            fourth -> assertThat(fourth).startsWith("S3_MAX_CONNECTIONS is"),
            fifth ->
                assertThat(fifth)
                    .startsWith("S3_CALL_TIMEOUT_SECONDS is")
                    .contains("S3_ATTEMPT_TIMEOUT_SECONDS"));
  }

  @Test
  void commandOnTheStoreNeedsOnlyTheStoresSettings() {
    Map<String, String> settings =
        Map.of("STORAGE", "local", "DATA_DIR", "data", "PORT", "none", "S3_PREFIX", "a/b");

    ServiceConfig.Store config = ServiceConfig.loadStore(vertx, directory, settings).await();

    assertThat(config.storage()).isEqualTo(new Local(directory.resolve("data")));
    assertThat(config.prefix()).isEqualTo("a/b");
    assertThat(config.log()).isEqualTo(new ServiceConfig.Log(Level.INFO, LogFormat.TEXT));
    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () -> ServiceConfig.loadStore(vertx, directory, Map.of("STORAGE", "local")).await());
    assertThat(refused.problems()).singleElement().asString().startsWith("DATA_DIR is not set");
  }

  @Test
  void secretsOfDigitsStayTexts() throws IOException {
    write(".env", "AUTH_TOKENS=00123456789012345678\n");

    ServiceConfig fromEnvironment =
        load(cloud("AWS_SECRET_ACCESS_KEY", "0012", "AWS_ACCESS_KEY_ID", "1e5"));
    ServiceConfig fromDotenv =
        load(Map.of("STORAGE", "local", "DATA_DIR", "data", "AUTH", "tokens"));

    assertThat(((S3) fromEnvironment.storage()).secretAccessKey().reveal()).isEqualTo("0012");
    assertThat(((S3) fromEnvironment.storage()).accessKeyId().reveal()).isEqualTo("1e5");
    assertThat(((TokenAuth) fromDotenv.auth()).tokens().get(0).reveal())
        .isEqualTo("00123456789012345678");
  }

  @Test
  void everyProblemIsReportedAtOnce() throws IOException {
    write("conf/config.json", "{\"PROT\": 1, \"LOG_LEVEL\": [\"INFO\"]}");
    write(".env", "AUTH='heare'\n");

    assertThat(
            problems(
                Map.of("PORT", "80a", "LOG_FORMAT", "xml", "S3_PREFIX", "/a", "S3_BUCKET", "A_B")))
        .containsExactlyInAnyOrder(
            "conf/config.json sets \"PROT\", which is unknown: did you mean PORT?",
            "conf/config.json sets LOG_LEVEL to a list: write one string.",
            ".env line 1 sets AUTH in single quotes, which would become part of it: use double ones.",
            "PORT is \"80a\": set it to a whole number from 0 to 65535 (0 takes any free port).",
            "LOG_FORMAT is \"xml\": set it to one of text, json.",
            "AWS_ACCESS_KEY_ID is not set, and STORAGE=s3 needs it: set it to the ID of an access"
                + " key that may use the bucket.",
            "AWS_SECRET_ACCESS_KEY is not set, and STORAGE=s3 needs it: set it to the secret that"
                + " belongs to AWS_ACCESS_KEY_ID.",
            "AWS_REGION is not set, and STORAGE=s3 needs it: set it to the bucket's region, such as"
                + " eu-central-1.",
            "S3_BUCKET is not a bucket name: set it to the name of an existing bucket.",
            "S3_PREFIX has a leading, trailing or doubled slash: set it to what keys in the bucket"
                + " start with, such as memory or teams/a; may be empty.",
            "HEARE_AUTH_URL is not set, and AUTH=heare needs it: set it to the http or https URL of"
                + " the auth service.",
            "HEARE_AUTH_APP_ID is not set, and AUTH=heare needs it: set it to the ID under which"
                + " the auth service knows this application.");
  }

  @Test
  void onlyWhatTheModeNeedsIsRequired() {
    assertThat(problems(Map.of("STORAGE", "local", "AUTH", "tokens")))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("DATA_DIR is not set"),
            second -> assertThat(second).startsWith("AUTH_TOKENS is not set"));
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, -1",
    "PORT, 65536",
    "PORT, 8000.0",
    "PORT, 99999999999999999999",
    "PORT, 0x50",
    "HOST, 1.2.3",
    "HOST, a b",
    "HOST, http://x",
    "HOST, 256.1.1.1",
    "MAX_BLOB_BYTES, 0",
    "MAX_BLOB_BYTES, 5368709121",
    "MAX_BLOB_BYTES, 1MB",
    "TOMBSTONE_RETENTION_DAYS, -1",
    "TOMBSTONE_RETENTION_DAYS, 36501",
    "TOMBSTONE_RETENTION_DAYS, 90d",
    "GZIP_CONTENT_MD5, maybe",
    "GZIP_CONTENT_MD5, 1",
    "GZIP_NAMESPACES, a//b",
    "GZIP_NAMESPACES, 'history/**,../x'",
    "GZIP_NAMESPACES, a**b",
    "INDEX_CACHE_BYTES, 1048575",
    "INDEX_CACHE_BYTES, 1099511627777",
    "INDEX_CACHE_BYTES, 64m",
    "READ_CACHE_BYTES, -1",
    "READ_CACHE_BYTES, 16m",
    "READ_CACHE_BYTES, 1099511627777",
    "LOG_LEVEL, VERBOSE",
    "LOG_LEVEL, OFF",
    "LOG_FORMAT, xml",
    "STORAGE, disk",
    "AUTH, basic",
    "S3_PREFIX, a//b",
    "S3_PREFIX, a/",
    "S3_PREFIX, ..",
    "S3_PREFIX, a/./b",
    "S3_PREFIX, a/.sync-log",
    "S3_PREFIX, 'a\tb'",
  })
  void aWrongValueIsRefusedByName(String name, String value) {
    assertThat(problems(local(name, value)))
        .allSatisfy(problem -> assertThat(problem).startsWith(name).contains(": set it to "))
        .hasSize(1);
  }

  @Test
  void aPrefixOfMoreThan100BytesIsRefused() {
    assertThat(load(local("S3_PREFIX", "ä".repeat(50))).storePrefix()).hasSize(50);
    assertThat(problems(local("S3_PREFIX", "ä".repeat(50) + "a"))).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "AWS_REGION, eu central",
    "AWS_SECRET_ACCESS_KEY, a b",
    "AWS_ACCESS_KEY_ID, schlüssel",
    "S3_BUCKET, ab",
    "S3_BUCKET, a..b",
    "S3_BUCKET, 10.0.0.1",
    "S3_BUCKET, -abc",
    "S3_BUCKET, UPPER",
    "S3_ENDPOINT_URL, localhost:9000",
    "S3_ENDPOINT_URL, ftp://x",
    "S3_ENDPOINT_URL, http://",
    "S3_ENDPOINT_URL, http://a:70000",
    "S3_ENDPOINT_URL, http://a b",
    "S3_ENDPOINT_URL, http://u:p@a",
    "HEARE_AUTH_URL, /verify",
    "HEARE_AUTH_URL, https://a?x=1",
  })
  void aWrongValueForTheCloudIsRefusedByName(String name, String value) {
    assertThat(problems(cloud(name, value)))
        .allSatisfy(problem -> assertThat(problem).startsWith(name).contains(": set it to "))
        .hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, 0",
    "PORT, 65535",
    "HOST, ::1",
    "HOST, '[::1]'",
    "HOST, localhost",
    "HOST, a.example",
    "MAX_BLOB_BYTES, 1",
    "MAX_BLOB_BYTES, 5368709120",
    "TOMBSTONE_RETENTION_DAYS, 0",
    "TOMBSTONE_RETENTION_DAYS, 36500",
    "INDEX_CACHE_BYTES, 1048576",
    "INDEX_CACHE_BYTES, 1099511627776",
    "READ_CACHE_BYTES, 0",
    "READ_CACHE_BYTES, 1099511627776",
    "LOG_LEVEL, warning",
    "LOG_LEVEL, tRace",
    "LOG_FORMAT, JSON",
    "S3_PREFIX, a/b.c",
    "S3_ENDPOINT_URL, http://127.0.0.1:9000/",
  })
  void aValueAtItsBoundsIsTaken(String name, String value) {
    assertThat(load(cloud(name, value))).isNotNull();
  }

  @Test
  void warningIsAnotherNameForWarn() {
    assertThat(load(local("LOG_LEVEL", "Warning")).log().level()).isEqualTo(Level.WARN);
  }

  @Test
  void bucketsOfOtherServicesMayHaveOlderNames() {
    Map<String, String> environment =
        cloud("S3_BUCKET", "My_Bucket", "S3_ENDPOINT_URL", "http://127.0.0.1:9000");

    S3 s3 = (S3) load(environment).storage();

    assertThat(s3.bucket()).isEqualTo("My_Bucket");
    assertThat(s3.endpoint()).contains(URI.create("http://127.0.0.1:9000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "::ffff:127.0.0.1"})
  void noAuthIsTakenOnLoopback(String host) {
    ServiceConfig config = load(local("AUTH", "none", "HOST", host, "AUTH_TOKENS", ""));

    assertThat(config.auth()).isEqualTo(new NoAuth());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "192.168.1.2", "localhost.example.com"})
  void noAuthIsRefusedElsewhere(String host) {
    assertThat(problems(local("AUTH", "none", "HOST", host, "AUTH_TOKENS", "")))
        .singleElement()
        .asString()
        .startsWith("AUTH is none")
        .contains("HOST", "127.0.0.1");
  }

  @Test
  void shortTokensAreForLoopbackOnly() {
    String fifteen = "123456789012345";

    assertThat(problems(local("AUTH_TOKENS", fifteen)))
        .singleElement()
        .asString()
        .startsWith("AUTH_TOKENS")
        .contains("16 characters")
        .doesNotContain(fifteen);
    assertThat(load(local("AUTH_TOKENS", fifteen + "6")).auth()).isInstanceOf(TokenAuth.class);
    assertThat(load(local("AUTH_TOKENS", "dev", "HOST", "127.0.0.1")).auth())
        .isInstanceOf(TokenAuth.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TOKEN + ",," + TOKEN + "x",
        TOKEN + ",",
        TOKEN + "," + TOKEN,
        TOKEN + ",with a space in the token",
        TOKEN + ",ümlaut-ümlaut-ümlaut-ümlaut",
      })
  void emptyRepeatedAndImpossibleTokensAreRefused(String tokens) {
    assertThat(problems(local("AUTH_TOKENS", tokens)))
        .singleElement()
        .asString()
        .startsWith("AUTH_TOKENS")
        .doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"PORT\": 80,", "[]", "", "\"PORT\"", "{} {}", "\0", "null", "PORT=1"})
  void aBrokenFileIsReported(String content) throws IOException {
    write("conf/config.json", content);

    assertThat(problems(local())).singleElement().asString().startsWith("conf/config.json ");
  }

  @Test
  void aBrokenFileIsReportedWithItsLine() throws IOException {
    write("conf/config.json", "{\n  \"PORT\": x\n}");

    assertThat(problems(local())).singleElement().asString().contains("line 2");
  }

  @Test
  void aFileThatCannotBeReadIsReported() throws IOException {
    Files.createDirectories(directory.resolve("conf/config.json"));
    Files.createDirectories(directory.resolve(".env"));

    assertThat(problems(local()))
        .satisfiesExactlyInAnyOrder(
            first -> assertThat(first).startsWith("conf/config.json cannot be read"),
            second -> assertThat(second).startsWith(".env "));
  }

  @Test
  void whatCanBeCheckedIsCheckedWithoutAStorageMode() {
    assertThat(
            problems(
                Map.of(
                    "STORAGE", "disk",
                    "S3_ENDPOINT_URL", "localhost:9000",
                    "S3_MAX_CONNECTIONS", "7",
                    "S3_BUCKET", "-abc",
                    "AUTH", "basic",
                    "HEARE_AUTH_URL", "/verify")))
        .satisfiesExactlyInAnyOrder(
            problem -> assertThat(problem).startsWith("STORAGE is \"disk\""),
            problem -> assertThat(problem).startsWith("S3_ENDPOINT_URL is not"),
            problem -> assertThat(problem).startsWith("S3_MAX_CONNECTIONS is"),
            problem -> assertThat(problem).startsWith("S3_BUCKET is not"),
            problem -> assertThat(problem).startsWith("AUTH is \"basic\""),
            problem -> assertThat(problem).startsWith("HEARE_AUTH_URL is not"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AUTH_TOKENS | [\"a\"] | to a list: write one string, its parts separated by commas.",
        "GZIP_NAMESPACES | [] | to a list: write one string, its parts separated by commas.",
        "NAMESPACE_ALIASES | [\"a=b\"] | to a list: write one string, its parts separated by commas.",
        "HOST | [\"a\"] | to a list: write one string.",
        "HOST | {} | to an object: write one string.",
        "PORT | 1.5 | to neither a string nor a whole number: quote it.",
        "PORT | null | to null: give it a value, or remove it.",
        "STORAGE | null | to null: give it a value, or remove it.",
      })
  void whatTheFileSetsWronglyIsOneProblem(String name, String value, String problem)
      throws IOException {
    write("conf/config.json", "{\"" + name + "\":" + value + "}");
    Map<String, String> others =
        Map.of("DATA_DIR", "data", "AUTH", "tokens", "AUTH_TOKENS_FILE", "tokens.json");
    write("tokens.json", "[{\"name\":\"a\",\"sha256\":\"" + "ab".repeat(32) + "\"}]");
    Map<String, String> environment =
        name.equals("STORAGE") ? others : with(others, "STORAGE", "local");

    assertThat(problems(environment))
        .containsExactly("conf/config.json sets " + name + " " + problem);
  }

  @Test
  void aListOfTokensInTheFileDoesNotCountAsNoToken() throws IOException {
    write("conf/config.json", "{\"AUTH_TOKENS\": [\"" + TOKEN + "\"]}");

    assertThat(problems(Map.of("STORAGE", "local", "DATA_DIR", "data", "AUTH", "tokens")))
        .singleElement()
        .asString()
        .contains("separated by commas")
        .doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"AUTH_TOKENS", "AUTH_TOKENS_FILE"})
  void tokensContradictNoAuth(String name) {
    Map<String, String> settings =
        local("AUTH", "none", "HOST", "127.0.0.1", "AUTH_TOKENS", "", name, TOKEN);

    assertThat(problems(settings))
        .singleElement()
        .asString()
        .startsWith(name + " is set, but with AUTH=none")
        .doesNotContain(TOKEN);
  }

  @Test
  void noSecretIsEverPrinted() throws IOException {
    List<String> texts =
        List.of(
            load(cloud()).toString(),
            load(local()).toString(),
            String.valueOf(load(local()).auth()));
    write("conf/config.json", "{\"AWS_SECRET_ACCESS_KEY\": " + SECRET + "}");
    write(".env", "AUTH_TOKENS " + TOKEN + "\n");
    Map<String, String> wrong =
        with(
            Map.of(),
            "AWS_ACCESS_KEY_ID",
            SECRET + "\u00e4",
            "AWS_SECRET_ACCESS_KEY",
            SECRET + " x",
            "AUTH",
            "tokens",
            "AUTH_TOKENS",
            TOKEN + "," + TOKEN + "," + TOKEN + "!,",
            "S3_ENDPOINT_URL",
            "http://user:" + SECRET + "@host",
            "HEARE_AUTH_URL",
            SECRET,
            "AWS_REGION",
            SECRET + "/",
            "S3_BUCKET",
            SECRET);
    String parseFailure = String.join("\n", problems(wrong));

    assertThat(texts).allSatisfy(text -> assertThat(text).contains("***"));
    assertThat(texts.toString() + parseFailure)
        .doesNotContain(SECRET)
        .doesNotContain(TOKEN)
        .doesNotContain("AKIAEXAMPLE");
  }

  @Test
  void theCommittedFilesSayWhatTheDefaultsSay() throws IOException {
    ServiceConfig defaults = load(local());
    write("conf/config.json", Files.readString(Path.of("conf/config.json")));
    Map<String, String> onlyFile = local();

    ServiceConfig config = load(onlyFile);

    assertThat(config.http()).isEqualTo(defaults.http());
    assertThat(config.log()).isEqualTo(defaults.log());
    assertThat(config.storePrefix()).isEqualTo(defaults.storePrefix());
    assertThat(config.index()).isEqualTo(defaults.index());
    assertThat(load(cloud()).storage()).isInstanceOf(S3.class);
    assertThat(load(cloud()).auth()).isInstanceOf(HeareAuth.class);
  }

  @Test
  void theExampleOfDotenvIsReadable() throws IOException {
    write(".env", Files.readString(Path.of("conf/env.example")));

    assertThat(load(cloud()).storePrefix()).isEqualTo("memory");
  }
}
