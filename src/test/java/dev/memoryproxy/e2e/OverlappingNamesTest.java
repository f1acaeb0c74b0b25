package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.RunningService;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two clients over the wire whose names for different files make the same object key. */
class OverlappingNamesTest {
  private static final String BOB = "bobs-token";

  @TempDir Path directory;

  /** A namespace, empty for the plain dialect, and a path in it. */
  private record Name(String namespace, String path) {
    Client client(RunningService service, String token) {
      Client plain = new Client(service.base(), token);
      return namespace.isEmpty() ? plain : plain.inNamespace(namespace);
    }
  }

  private static final List<Name> NAMES =
      List.of(new Name("", "a/b/c.md"), new Name("a", "b/c.md"), new Name("a/b", "c.md"));

  static Stream<Arguments> pairs() {
    return NAMES.stream()
        .flatMap(
            owner ->
                NAMES.stream()
                    .filter(other -> !other.equals(owner))
                    .map(other -> Arguments.of(owner, other)));
  }

  private static Client.Answer write(Client client, Name name, String condition, String content) {
    return client.putIf(name.path(), condition, content.getBytes(UTF_8));
  }

  private static JsonObject files(Client client) {
    return client.sync().json().getJsonObject("files");
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void otherNamespaceNeitherSeesNorChangesTheFile(Name owner, Name other) throws Exception {
    try (RunningService service = RunningService.start(directory, Map.of())) {
      Client mine = owner.client(service, RunningService.TOKEN);
      Client theirs = other.client(service, RunningService.TOKEN);
      Client.Answer created = write(mine, owner, "If-None-Match: *", "mine");
      assertThat(created.status()).isEqualTo(201);
      String version = created.header("X-Version");

      assertThat(theirs.get(other.path()).status()).isEqualTo(404);
      assertThat(files(theirs).fieldNames()).isEmpty();
      for (String condition :
          List.of(
              "If-None-Match: *",
              "If-Match-Version: 0",
              "If-Match-Version: " + version,
              "If-Match: \"" + Md5.of("mine".getBytes(UTF_8)) + '"')) {
        Client.Answer refused = write(theirs, other, condition, "theirs");
        assertThat(refused.status()).as(condition).isEqualTo(409);
        assertThat(refused.errorCode()).isEqualTo("CONFLICT");
        assertThat(refused.json().getJsonObject("context").getString("owner_namespace"))
            .isEqualTo(owner.namespace());
      }
      assertThat(theirs.delete(other.path()).status()).isEqualTo(409);
      assertThat(mine.get(owner.path()).text()).isEqualTo("mine");
      assertThat(files(mine).fieldNames()).containsExactly(owner.path());
      assertThat(files(theirs).fieldNames()).isEmpty();
    }
  }

  @Test
  void ownerIsNotNamedToWhoeverMayNotSeeIt() throws Exception {
    Path tokens = directory.resolve("tokens.json");
    JsonObject bob =
        new JsonObject()
            .put("name", "bob")
            .put("sha256", TeamIT.sha256(BOB))
            .put("namespaces", new JsonArray().add("a/b"));
    Files.writeString(tokens, new JsonArray().add(bob).encode());
    try (RunningService service =
        RunningService.start(directory, Map.of("AUTH_TOKENS_FILE", tokens.toString()))) {
      Name owner = new Name("a", "b/c.md");
      Name other = new Name("a/b", "c.md");
      write(owner.client(service, RunningService.TOKEN), owner, "If-None-Match: *", "mine");
      Client.Answer refused =
          write(other.client(service, BOB), other, "If-None-Match: *", "theirs");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.json().getJsonObject("context").fieldNames())
          .doesNotContain("owner_namespace");
      assertThat(refused.json().getString("detail")).doesNotContain("'a'");
    }
  }
}
