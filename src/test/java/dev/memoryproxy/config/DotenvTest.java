package dev.memoryproxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.config.ServiceConfig.Local;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code .env}: what it may say, and what is said about a line that can't be used. */
class DotenvTest {
  private static final String TOKEN = "t0ken-of-alice-0123456789";
  private static final String REST = "DATA_DIR=data\nAUTH=tokens\nAUTH_TOKENS=" + TOKEN + "\n";
  private static final String GOOD = "STORAGE=local\n" + REST;

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

  private ServiceConfig load(String dotenv) throws IOException {
    return loadBytes(dotenv.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private ServiceConfig loadBytes(byte[] dotenv, Map<String, String> environment)
      throws IOException {
    Files.write(directory.resolve(".env"), dotenv);
    return ServiceConfig.load(vertx, directory, environment).await();
  }

  private List<String> problems(String dotenv) {
    return problems(dotenv.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private List<String> problems(byte[] dotenv, Map<String, String> environment) {
    ConfigException refused =
        catchThrowableOfType(ConfigException.class, () -> loadBytes(dotenv, environment));
    assertThat(refused).describedAs("a configuration that must be refused").isNotNull();
    assertThat(refused.getMessage()).doesNotContain(TOKEN);
    return refused.problems();
  }

  private static String token(ServiceConfig config) {
    return ((TokenAuth) config.auth()).tokens().get(0).reveal();
  }

  @Test
  void commentsQuotesAndOtherPeoplesNamesAreUnderstood() throws IOException {
    ServiceConfig config =
        load(
            "# a comment, with a \"quote\"\r\n"
                + "  # an indented one\n"
                + "\r\n"
                + "STORAGE = local # behind a value\r\n"
                + "DATA_DIR=\"da ta#1\" # behind quotes\n"
                + "AUTH=tokens\n"
                + "AUTH_TOKENS="
                + TOKEN
                + "\n"
                + "S3_PREFIX=\n"
                + "JAVA_OPTS=-Xmx64m -Da=b#c\n"
                + "HOME=/root\n"
                + "PATH=/bin\n"
                + "DATA_URL=postgres://x\n"
                + "OTHER_KEY=\"-----BEGIN\nPORT=1\n-----END\"\n"
                + "PORT=7");

    assertThat(config.storage()).isEqualTo(new Local(directory.resolve("da ta#1")));
    assertThat(token(config)).isEqualTo(TOKEN);
    assertThat(config.storePrefix()).isEmpty();
    assertThat(config.http().port()).isEqualTo(7);
  }

  @Test
  void aLineThatIsNoSettingIsNamedAndTheOthersCount() {
    assertThat(problems(GOOD + "just words " + TOKEN + "\nPORT=x\n"))
        .containsExactlyInAnyOrder(
            ".env line 5 is not NAME=value: mend or remove it.",
            "PORT is \"x\": set it to a whole number from 0 to 65535 (0 takes any free port).");
    assertThat(problems(GOOD + "=" + TOKEN + "\n"))
        .containsExactly(".env line 5 has no name before the '=': write NAME=value.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "export STORAGE=local\n",
        "\uFEFFSTORAGE=local\n",
        "=local\n",
        "STORAGE local\n",
        "STORAGE=lo#cal\n",
        "STORAGE=\"lo\"cal\"\n",
        "STORGE=local\n",
        "Storage=local\n",
        "STROAGE=local\n",
        "STORAGE='local'\n",
      })
  void nothingUntrueIsSaidOfWhatABadLineMaySet(String line) {
    assertThat(problems(line + REST)).singleElement().asString().startsWith(".env line 1 ");
  }

  @Test
  void aLineThatIsNotUtf8IsNamed() {
    String latin = "# Grüße\nSTORAGE=lo\u00fccal\n" + REST;

    assertThat(problems(latin.getBytes(StandardCharsets.ISO_8859_1), Map.of()))
        .containsExactly(
            ".env line 1 is not UTF-8: save the file as UTF-8.",
            ".env line 2 is not UTF-8: save the file as UTF-8.");
  }

  @Test
  void aQuoteThatIsNeverClosedHidesWhatFollows() {
    assertThat(problems("STORAGE=\"local\nDATA_DIR=data\n"))
        .singleElement()
        .asString()
        .startsWith(".env line 1 has a double quote that is not closed");
    assertThat(problems("STORAGE=\"local\nDATA_DIR=\"data\"\n"))
        .singleElement()
        .asString()
        .startsWith(".env line 1 has a double quote that is not closed");
    assertThat(problems(GOOD + "PORT=1\"\nHOST=a b\n"))
        .satisfiesExactlyInAnyOrder(
            problem -> assertThat(problem).startsWith(".env line 5 has a double quote"),
            problem -> assertThat(problem).startsWith("HOST is \"a b\""));
  }

  @Test
  void aDirectoryIsTheOnlyProblemAndWhatTheEnvironmentSaysIsChecked() throws IOException {
    Files.createDirectory(directory.resolve(".env"));

    ConfigException refused =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                ServiceConfig.load(vertx, directory, Map.of("PORT", "x", "AUTH", "none")).await());

    assertThat(refused.problems())
        .satisfiesExactlyInAnyOrder(
            problem -> assertThat(problem).startsWith(".env cannot be read"),
            problem -> assertThat(problem).startsWith("PORT is \"x\""));
  }

  @Test
  void whatTheEnvironmentSetsIsInNoDoubt() {
    byte[] dotenv = ("nonsense\n" + REST).getBytes(StandardCharsets.UTF_8);

    assertThat(problems(dotenv, Map.of("STORAGE", "s3", "AWS_REGION", "eu central")))
        .satisfiesExactlyInAnyOrder(
            problem -> assertThat(problem).startsWith(".env line 1 "),
            problem -> assertThat(problem).startsWith("AWS_REGION is not the name"));
  }

  @Test
  void aValueIsNeverCutShort() throws IOException {
    for (String value : List.of(TOKEN + "#en", "#" + TOKEN, "a,b#c # comment")) {
      assertThat(problems("STORAGE=local\nDATA_DIR=data\nAUTH=tokens\nAUTH_TOKENS=" + value))
          .containsExactly(
              ".env line 4 has a '#' within the value of AUTH_TOKENS, where a comment would begin:"
                  + " put double quotes around the value.");
    }
    ServiceConfig config = load(GOOD.replace("=data", "=\"a#b\"").replace(TOKEN, TOKEN + " #x"));
    assertThat(config.storage()).isEqualTo(new Local(directory.resolve("a#b")));
    assertThat(token(config)).isEqualTo(TOKEN);
  }

  @Test
  void aNameThatIsSetTwiceIsReported() {
    assertThat(problems(GOOD + "PORT=1\nOTHER=1\nOTHER=2\nPORT=2\n"))
        .containsExactly(".env line 8 sets PORT, which line 5 sets too: remove one.");
  }

  @Test
  void aNameThatMustBeAMisspeltOneIsReported() {
    assertThat(problems(GOOD + "PROT=1\n"))
        .containsExactly(
            ".env line 5 sets \"PROT\", which is unknown: did you mean PORT? If not, move it to"
                + " another file.");
    assertThat(problems(GOOD + "AUTH_TOKEN_FILE=x\n"))
        .singleElement()
        .asString()
        .contains("did you mean AUTH_TOKENS_FILE?");
  }
}
