package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.auth.Access.Permission;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import dev.memoryproxy.config.TokenFile;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WatchedTokensTest {
  /** No test waits for it: each looks by itself. */
  private static final Duration NEVER = Duration.ofDays(1);

  private static final String ALICE = "alice-token-0123456789";
  private static final String BOB = "bob-token-0123456789";
  private static final String LISTED = "listed-token-0123456789";

  @TempDir Path directory;

  private final Vertx vertx = Vertx.vertx();
  private final CapturedLog log = new CapturedLog();
  private Path file;
  private WatchedTokens tokens;

  @BeforeEach
  void start() throws IOException {
    file = directory.resolve("tokens.json");
    Files.writeString(file, list(entry("alice", ALICE)));
    tokens = watch(NEVER);
  }

  @AfterEach
  void stop() {
    tokens.close().await();
    vertx.close().await();
    log.close();
    assertThat(log.lines()).noneMatch(line -> line.contains(ALICE) || line.contains(sha256(ALICE)));
  }

  private WatchedTokens watch(Duration interval) {
    List<Secret> listed = List.of(Secret.of(LISTED));
    TokenFile read = TokenFile.parse(file, TokenFile.read(file), listed);
    return new WatchedTokens(vertx, new TokenAuth(listed, Optional.of(read)), interval);
  }

  private static String sha256(String token) {
    return HexFormat.of().formatHex(TokenDigest.bytesOf(Secret.of(token)));
  }

  private static JsonObject entry(String name, String token) {
    return new JsonObject().put("name", name).put("sha256", sha256(token));
  }

  private static String list(JsonObject... entries) {
    return new JsonArray(List.of(entries)).encodePrettily();
  }

  private Verdict verdict(String token) {
    return tokens.verify(Secret.of(token)).result();
  }

  private Access access(String token) {
    return ((Verdict.Accepted) verdict(token)).principal().access();
  }

  private void look() {
    tokens.look().await();
  }

  private List<String> complaints() {
    return log.lines().stream().filter(line -> line.contains("cannot be used")).toList();
  }

  @Test
  void tokensOfTheFileAndOfTheSettingsAreAccepted() {
    assertThat(verdict(ALICE))
        .isEqualTo(new Verdict.Accepted(new Principal("alice", "alice", Access.EVERYTHING)));
    assertThat(verdict(LISTED))
        .isEqualTo(new Verdict.Accepted(new Principal("token-1", "token 1", Access.EVERYTHING)));
    assertThat(verdict(BOB)).isEqualTo(new Verdict.Refused());
    assertThat(verdict(sha256(ALICE))).isEqualTo(new Verdict.Refused());
  }

  @Test
  void tokensAreSaidToBeReadOnceForEachState() throws IOException {
    look();
    look();
    assertThat(readings()).isEqualTo(1);

    Files.writeString(file, list(entry("bob", BOB)));
    look();
    look();
    assertThat(readings()).isEqualTo(2);
  }

  private long readings() {
    return log.lines().stream().filter(line -> line.contains("tokens were read")).count();
  }

  @Test
  void whatIsWrittenCountsAfterTheNextLook() throws IOException {
    Files.writeString(
        file, list(entry("bob", BOB).put("namespaces", new JsonArray().add("shared/**:ro"))));
    assertThat(verdict(ALICE)).isInstanceOf(Verdict.Accepted.class);

    look();

    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
    assertThat(access(BOB).to(Namespace.parse("shared/x"))).isEqualTo(Permission.READ);
    assertThat(access(BOB).to(Namespace.parse("other"))).isEqualTo(Permission.NONE);
    assertThat(verdict(LISTED)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void aFileReplacedByRenameIsSeen() throws IOException {
    look();
    Path fresh = directory.resolve("fresh.json");
    Files.writeString(fresh, list(entry("bob", BOB)));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);

    look();

    assertThat(verdict(BOB)).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
  }

  @Test
  void aLinkToADirectoryThatIsTurnedIsSeen() throws IOException {
    Path one = Files.createDirectory(directory.resolve("..one"));
    Path two = Files.createDirectory(directory.resolve("..two"));
    Files.writeString(one.resolve("tokens.json"), list(entry("alice", ALICE)));
    Files.writeString(two.resolve("tokens.json"), list(entry("bob", BOB)));
    Path data = Files.createSymbolicLink(directory.resolve("..data"), one);
    Files.delete(file);
    Files.createSymbolicLink(file, Path.of("..data", "tokens.json"));
    look();
    assertThat(verdict(ALICE)).isInstanceOf(Verdict.Accepted.class);

    Path turned = Files.createSymbolicLink(directory.resolve("..tmp"), two);
    Files.move(turned, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    look();

    assertThat(verdict(BOB)).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
  }

  @Test
  void aChangeThatNeitherSizeNorTimeTellIsSeen() throws IOException {
    look();
    FileTime time = Files.getLastModifiedTime(file);
    String other = ALICE.replace('a', 'e');
    Files.writeString(file, list(entry("alice", other)));
    Files.setLastModifiedTime(file, time);

    look();

    assertThat(verdict(other)).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[", "{}", "[{\"name\":\"bob\"}]", "[7]", "[] []"})
  void aFileThatCannotBeUsedLeavesTheLastGoodOneAndIsLoggedOnce(String content) throws IOException {
    Files.writeString(file, content);
    look();
    look();

    assertThat(verdict(ALICE)).isInstanceOf(Verdict.Accepted.class);
    assertThat(complaints())
        .singleElement()
        .asString()
        .startsWith("ERROR")
        .contains("AUTH_TOKENS_FILE");

    Files.writeString(file, list(entry("bob", BOB)));
    look();
    assertThat(verdict(BOB)).isInstanceOf(Verdict.Accepted.class);
    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
  }

  @Test
  void aFileThatIsGoneLeavesTheLastGoodOneAndItsReturnIsLogged() throws IOException {
    look();
    Path away = directory.resolve("away");
    for (int i = 1; i <= 2; i++) {
      Files.move(file, away);
      look();
      assertThat(verdict(ALICE)).isInstanceOf(Verdict.Accepted.class);
      assertThat(complaints()).hasSize(i).last().asString().contains("does not exist");
      Files.move(away, file);
      look();
      assertThat(log.lines()).filteredOn(line -> line.contains("as it was before")).hasSize(i);
    }
  }

  @Test
  void aTokenOfTheSettingsIsNotListedAgain() throws IOException {
    Files.writeString(
        file, list(entry("x", LISTED).put("namespaces", new JsonArray().add("a:ro"))));
    look();

    assertThat(complaints()).singleElement().asString().contains("AUTH_TOKENS lists too");
    assertThat(access(LISTED)).isEqualTo(Access.EVERYTHING);
  }

  @Test
  void anEmptyListRevokesAll() throws IOException {
    Files.writeString(file, "[]");
    look();

    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
    assertThat(verdict(LISTED)).isInstanceOf(Verdict.Accepted.class);
  }

  @Test
  void itLooksByItselfUntilItIsClosed() throws Exception {
    tokens.close().await();
    tokens = watch(Duration.ofMillis(5));
    for (String token : List.of(BOB, ALICE, BOB)) {
      Files.writeString(file, list(entry("somebody", token)));
      while (verdict(token) instanceof Verdict.Refused) {
        Thread.sleep(5);
      }
    }
    tokens.close().await();
    Files.writeString(file, list(entry("somebody", ALICE)));
    vertx.timer(100).await();

    assertThat(verdict(ALICE)).isEqualTo(new Verdict.Refused());
  }
}
