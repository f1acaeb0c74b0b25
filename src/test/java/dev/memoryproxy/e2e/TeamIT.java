package dev.memoryproxy.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One deployment for several people, seen through the packaged jar. */
class TeamIT {
  private static final String ALICE = "alice-token-0123456789";
  private static final String BOB = "bob-token-0123456789";
  private static final String BROKEN = "broken-token-0123456789";

  /** What the auth service keeps with each key. */
  private static final Map<String, String> KEYS =
      Map.of(
          ALICE,
          "{\"namespaces\":[\"personas/alice/**\",\"shared/**\"]}",
          BOB,
          "{\"namespaces\":[\"personas/bob/**\",\"shared/**:ro\"]}",
          BROKEN,
          "{\"namespaces\":\"**\"}");

  @TempDir Path directory;

  private @Nullable ServiceProcess started;
  private @Nullable HttpServer auth;

  @AfterEach
  void stop() {
    if (started != null) {
      started.close();
    }
    if (auth != null) {
      auth.stop(0);
    }
  }

  private ServiceProcess service() {
    return requireNonNull(started);
  }

  private void start(Map<String, String> settings) {
    Map<String, String> all =
        new TreeMap<>(Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString()));
    all.putAll(settings);
    started = ServiceProcess.start(directory, all);
  }

  private int startAuth() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    auth = server;
    server.createContext("/verify", TeamIT::judge);
    server.start();
    return server.getAddress().getPort();
  }

  private static void judge(HttpExchange exchange) throws IOException {
    JsonObject asked =
        new JsonObject(
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    String metadata = KEYS.get(asked.getString("api_key"));
    if (metadata == null) {
      exchange.sendResponseHeaders(403, -1);
    } else {
      byte[] answer =
          ("{\"valid\":true,\"key_id\":\"k\",\"name\":\"n\",\"metadata\":" + metadata + "}")
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
    exchange.close();
  }

  private Client.Answer put(String token, String target, String content) {
    Client client = new Client(service().base(), token);
    return client.send(
        client
            .request(target)
            .header("If-Match-Version", "0")
            .PUT(HttpRequest.BodyPublishers.ofString(content)));
  }

  private Client.Answer get(String token, String target) {
    Client client = new Client(service().base(), token);
    return client.send(client.request(target).GET());
  }

  private JsonObject files(String token, String target) {
    return get(token, target).json().getJsonObject("files");
  }

  @Test
  void aTeamSharesADeploymentByTheMetadataOfItsKeys() throws IOException {
    int port = startAuth();
    start(
        Map.of(
            "AUTH", "heare",
            "HEARE_AUTH_URL", "http://127.0.0.1:" + port,
            "HEARE_AUTH_APP_ID", "memory-proxy",
            "NAMESPACE_ALIASES", "*/memory=personas/*/memory"));

    // The agent pushes to one name, its sync uses the other.
    assertThat(put(ALICE, "/alice%2Fmemory/blob/notes%2Fa.md", "alice's").status()).isEqualTo(201);
    assertThat(files(ALICE, "/sync/personas%2Falice%2Fmemory").fieldNames())
        .containsExactly("notes/a.md");
    assertThat(files(ALICE, "/sync/alice%2Fmemory").fieldNames()).containsExactly("notes/a.md");
    assertThat(get(ALICE, "/personas/alice/memory/blob/notes/a.md").text()).isEqualTo("alice's");

    for (String target :
        new String[] {"/alice/memory/blob/notes/a.md", "/sync/personas/alice/memory", "/sync"}) {
      assertThat(get(BOB, target).errorCode()).as(target).isEqualTo("FORBIDDEN");
      assertThat(get("nobody-0123456789", target).status()).as(target).isEqualTo(401);
      Client.Answer malformed = get(BROKEN, target);
      assertThat(malformed.status()).as(target).isEqualTo(403);
      assertThat(malformed.text()).contains("malformed", "auth service");
    }

    assertThat(put(ALICE, "/shared%2Frules/blob/r.md", "one").status()).isEqualTo(201);
    assertThat(get(BOB, "/shared%2Frules/blob/r.md").text()).isEqualTo("one");
    Client.Answer refused = put(BOB, "/shared%2Frules/blob/new.md", "two");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text()).contains("write on shared/rules");
    assertThat(files(BOB, "/sync/shared%2Frules").fieldNames()).containsExactly("r.md");
    assertThat(files(BOB, "/sync/shared%2Fnothing")).isEmpty();
    assertThat(service().log()).doesNotContain(ALICE).doesNotContain(BOB).doesNotContain(BROKEN);
  }

  @Test
  void aFileOfTokensThatChangesIsReadAgain() throws IOException {
    Path tokens = directory.resolve("tokens.json");
    Files.writeString(tokens, list("alice", ALICE, "personas/alice/**"));
    start(Map.of("AUTH_TOKENS_FILE", tokens.toString()));
    assertThat(put(ALICE, "/personas%2Falice/blob/a", "x").status()).isEqualTo(201);
    assertThat(get(ALICE, "/sync/personas/bob").status()).isEqualTo(403);
    assertThat(get(ServiceProcess.TOKEN, "/sync/personas/alice").status()).isEqualTo(200);
    assertThat(get(BOB, "/sync/personas/bob").status()).isEqualTo(401);

    Files.writeString(tokens, list("bob", BOB, "personas/bob/**"));
    awaitStatus(BOB, 200);
    assertThat(get(ALICE, "/sync/personas/alice").status()).isEqualTo(401);

    Files.writeString(tokens, "[{\"name\"");
    awaitLog("cannot be used");
    assertThat(get(BOB, "/sync/personas/bob").status()).isEqualTo(200);
    assertThat(service().log()).doesNotContain(sha256(ALICE)).doesNotContain(sha256(BOB));
    assertThat(service().terminate()).isZero();
  }

  @Test
  void aFileOfTokensThatIsWrongAtStartIsAConfigurationProblemAmongTheOthers() throws IOException {
    Files.writeString(directory.resolve("tokens.json"), "[{\"name\":\"a\",\"sha\":\"\"}]");
    started =
        ServiceProcess.launch(
            directory,
            Map.of("AUTH_TOKENS_FILE", "tokens.json", "NAMESPACE_ALIASES", "a", "DATA_DIR", ""));

    assertThat(service().awaitExit()).isEqualTo(78);
    assertThat(service().log())
        .contains("unknown field \"sha\"")
        .contains("NAMESPACE_ALIASES has an entry")
        .contains("AWS_REGION is not set")
        .doesNotContain("Exception");
  }

  private void awaitStatus(String token, int status) {
    await(() -> get(token, "/sync/personas/bob").status() == status);
  }

  private void awaitLog(String text) {
    await(() -> service().log().contains(text));
  }

  private void await(BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as(service().log()).isLessThan(60_000_000_000L);
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  private static String list(String name, String token, String pattern) {
    return new JsonArray()
        .add(
            new JsonObject()
                .put("name", name)
                .put("sha256", sha256(token))
                .put("namespaces", new JsonArray().add(pattern)))
        .encode();
  }

  static String sha256(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
