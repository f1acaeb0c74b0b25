package dev.memoryproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code AUTH_TOKENS_FILE} and {@code NAMESPACE_ALIASES}. */
class TeamSettingsTest {
  private static final String TOKEN = "t0ken-of-alice-0123456789";
  private static final String TOKENS_SHA256 =
      "eb278385530060cc7ba9cc1754b91e139d61c2bde4037677efc37bfc59f6920a";
  private static final String SHA256 = "ab".repeat(32);
  private static final String SHA256_OF_TWO = "CD".repeat(32);

  private static Vertx vertx;

  @TempDir Path directory;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    vertx.close().await();
  }

  private ServiceConfig load(Map<String, String> settings) {
    Map<String, String> environment =
        new HashMap<>(Map.of("STORAGE", "local", "DATA_DIR", "data", "AUTH", "tokens"));
    environment.putAll(settings);
    return ServiceConfig.load(vertx, directory, environment).await();
  }

  private List<String> problems(Map<String, String> settings) {
    ConfigException refused = catchThrowableOfType(ConfigException.class, () -> load(settings));
    assertThat(refused).describedAs("a configuration that must be refused").isNotNull();
    assertThat(refused.getMessage()).doesNotContain(TOKEN, SHA256, "cdcdcd");
    return refused.problems();
  }

  private List<String> problemsOf(String tokenFile) throws IOException {
    Files.writeString(directory.resolve("tokens.json"), tokenFile);
    return problems(Map.of("AUTH_TOKENS_FILE", "tokens.json"));
  }

  private static String entry(String name, String sha256, String more) {
    return "{\"name\":\"" + name + "\",\"sha256\":\"" + sha256 + "\"" + more + "}";
  }

  @Test
  void aFileOfTokensIsEnoughAndGoesWithAList() throws IOException {
    Files.writeString(
        directory.resolve("tokens.json"),
        "["
            + entry("alice", SHA256, "")
            + ","
            + entry("bob", SHA256_OF_TWO, ",\"namespaces\":[\"shared/**:ro\"]")
            + "]");

    TokenAuth alone = (TokenAuth) load(Map.of("AUTH_TOKENS_FILE", "tokens.json")).auth();
    TokenAuth both =
        (TokenAuth) load(Map.of("AUTH_TOKENS_FILE", "tokens.json", "AUTH_TOKENS", TOKEN)).auth();

    assertThat(alone.tokens()).isEmpty();
    assertThat(both.tokens()).hasSize(1);
    TokenFile file = alone.file().orElseThrow();
    assertThat(file.path()).isEqualTo(directory.resolve("tokens.json"));
    assertThat(file.entries())
        .extracting(TokenFile.Entry::name, entry -> entry.sha256().reveal())
        .containsExactly(tuple("alice", SHA256), tuple("bob", "cd".repeat(32)));
    assertThat(file.entries().get(0).namespaces()).isEmpty();
    assertThat(file.entries().get(1).namespaces().orElseThrow()).hasSize(1);
    assertThat(file.toString()).contains("***").doesNotContain(SHA256);
  }

  @Test
  void withoutListAndFileTheListIsMissing() {
    assertThat(problems(Map.of()))
        .singleElement()
        .asString()
        .startsWith("AUTH_TOKENS is not set")
        .contains("AUTH_TOKENS_FILE");
  }

  @Test
  void everyProblemOfTheFileIsListedWithTheOthers() throws IOException {
    Files.writeString(
        directory.resolve("tokens.json"),
        "["
            + entry("alice", SHA256, "")
            + ","
            + entry("alice", SHA256, ",\"namespace\":[]")
            + ",7,"
            + entry("", "abc", ",\"namespaces\":[\"a//b\"]")
            + "]");

    assertThat(
            problems(
                Map.of(
                    "AUTH_TOKENS_FILE",
                    "tokens.json",
                    "PORT",
                    "x",
                    "NAMESPACE_ALIASES",
                    "a,*/b=c")))
        .satisfiesExactlyInAnyOrder(
            problem -> assertThat(problem).startsWith("PORT is"),
            problem -> assertThat(problem).contains("2 of 4", "unknown field \"namespace\""),
            problem -> assertThat(problem).contains("2 of 4", "name of an earlier one"),
            problem -> assertThat(problem).contains("2 of 4", "digest of an earlier one"),
            problem -> assertThat(problem).contains("3 of 4", "no JSON object"),
            problem -> assertThat(problem).contains("4 of 4", "usable \"name\""),
            problem -> assertThat(problem).contains("4 of 4", "64 hex digits"),
            problem -> assertThat(problem).contains("4 of 4", "whose \"namespaces\""),
            problem -> assertThat(problem).contains("NAMESPACE_ALIASES", "\"a\"", "name=name"),
            problem -> assertThat(problem).contains("NAMESPACE_ALIASES", "as many"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "null",
        "[{]",
        "[] []",
        "[null]",
        "[{\"sha256\":\"abababababababababababababababababababababababababababababababab\"}]",
        "[{\"name\":\"a\"}]",
        "[{\"name\":1,\"sha256\":\"abababababababababababababababababababababababababababababababab\"}]",
      })
  void aFileThatIsNoListOfTokensIsRefused(String content) throws IOException {
    assertThat(problemsOf(content))
        .isNotEmpty()
        .allSatisfy(problem -> assertThat(problem).startsWith("AUTH_TOKENS_FILE "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"**\"", "[7]", "{}", "[\"a**\"]"})
  void namespacesThatAreNoPatternsAreRefused(String namespaces) throws IOException {
    assertThat(problemsOf("[" + entry("a", SHA256, ",\"namespaces\":" + namespaces) + "]"))
        .singleElement()
        .asString()
        .contains("number 1 of 1", "namespaces");
  }

  @Test
  void everyBadPatternOfAnEntryIsReported() throws IOException {
    String namespaces = ",\"namespaces\":[\"team:rw\",\"good/**:ro\",\"x:RO\",\"a//b\"]";

    assertThat(problemsOf("[" + entry("a", SHA256, namespaces) + "]"))
        .singleElement()
        .asString()
        .contains("(number 1) that has ':rw'", "(number 3) that has ':RO'", "(number 4) that")
        .contains("only ':ro'");
  }

  @Test
  void aFileWithoutTokensIsNoSourceOfTokens() throws IOException {
    assertThat(problemsOf("[]"))
        .singleElement()
        .asString()
        .startsWith("AUTH_TOKENS_FILE lists no token");
    assertThat(load(Map.of("AUTH_TOKENS_FILE", "tokens.json", "AUTH_TOKENS", TOKEN))).isNotNull();
  }

  @Test
  void aBrokenFileIsReportedWithItsLine() throws IOException {
    assertThat(problemsOf("[\n  {\"name\": x}\n]")).singleElement().asString().contains("line 2");
  }

  @Test
  void aFileThatCannotBeReadIsReported() throws IOException {
    Files.createDirectory(directory.resolve("folder"));
    Files.writeString(directory.resolve("large"), " ".repeat(TokenFile.MAX_BYTES + 1));

    assertThat(problems(Map.of("AUTH_TOKENS_FILE", "nowhere")))
        .singleElement()
        .asString()
        .contains("does not exist");
    assertThat(problems(Map.of("AUTH_TOKENS_FILE", "folder")))
        .singleElement()
        .asString()
        .contains("cannot be read");
    assertThat(problems(Map.of("AUTH_TOKENS_FILE", "large")))
        .singleElement()
        .asString()
        .contains("is larger than");
  }

  @Test
  void aTokenIsInTheListOrInTheFile() throws IOException {
    Files.writeString(directory.resolve("tokens.json"), "[" + entry("a", TOKENS_SHA256, "") + "]");

    assertThat(problems(Map.of("AUTH_TOKENS_FILE", "tokens.json", "AUTH_TOKENS", TOKEN)))
        .singleElement()
        .asString()
        .contains("number 1 of 1", "AUTH_TOKENS lists too");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/memory=personas/*/memory",
        " x=y , */memory = personas/*/memory ",
        "{\"x\":\"y\",\"*/memory\":\"personas/*/memory\"}",
      })
  void aliasesAreAListOrAnObject(String text) {
    ServiceConfig config = load(Map.of("AUTH_TOKENS", TOKEN, "NAMESPACE_ALIASES", text));

    assertThat(config.aliases().resolve(Namespace.parse("p1/memory")).name())
        .isEqualTo("personas/p1/memory");
  }

  @Test
  void theConfigFileMayHoldThemAsAnObject() throws IOException {
    Path file = directory.resolve("conf/config.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"NAMESPACE_ALIASES\":{\"a\":\"b\"}}");

    assertThat(load(Map.of("AUTH_TOKENS", TOKEN)).aliases().resolve(Namespace.parse("a")).name())
        .isEqualTo("b");
  }

  @Test
  void dotenvMayHoldThem() throws IOException {
    Files.writeString(
        directory.resolve(".env"), "NAMESPACE_ALIASES=*/memory=personas/*/memory,a=b\n");

    assertThat(load(Map.of("AUTH_TOKENS", TOKEN)).aliases())
        .hasToString("[*/memory=personas/*/memory, a=b]");
  }

  @Test
  void aliasesOfAnObjectKeepTheirOrder() {
    ServiceConfig config =
        load(
            Map.of(
                "AUTH_TOKENS",
                TOKEN,
                "NAMESPACE_ALIASES",
                "{\"z\":\"first\",\"*\":\"x/*\",\"a\":\"never\"}"));

    assertThat(config.aliases().resolve(Namespace.parse("z")).name()).isEqualTo("first");
    assertThat(config.aliases().resolve(Namespace.parse("a")).name()).isEqualTo("x/a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a=b=c",
        "a=b,",
        "=b",
        "a=",
        "a/*=b",
        "a/**=b/**",
        "a=b,a=c",
        "blob/x=y",
        "a=../b",
        "{\"a\":1}",
        "{\"a\"",
        "{\"a\":\"b//c\"}",
      })
  void aliasesThatCannotWorkAreRefused(String text) {
    assertThat(problems(Map.of("AUTH_TOKENS", TOKEN, "NAMESPACE_ALIASES", text)))
        .singleElement()
        .asString()
        .startsWith("NAMESPACE_ALIASES ")
        .contains(": set it to ");
  }
}
