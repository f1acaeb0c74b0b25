package dev.memoryproxy.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The auth service in all its moods, seen through the packaged jar. */
class AuthFaultsIT {
  @TempDir Path directory;

  private final AtomicInteger calls = new AtomicInteger();
  private volatile int status = 200;
  private volatile String body = "{\"valid\":true,\"key_id\":\"k\",\"name\":\"n\",\"metadata\":{}}";
  private HttpServer auth;
  private ServiceProcess service;

  @BeforeEach
  void start() throws IOException {
    auth = listen(0);
    service =
        ServiceProcess.start(
            directory,
            Map.of(
                "STORAGE", "local",
                "DATA_DIR", directory.resolve("data").toString(),
                "AUTH", "heare",
                "HEARE_AUTH_URL", "http://127.0.0.1:" + auth.getAddress().getPort(),
                "HEARE_AUTH_APP_ID", "memory-proxy"));
  }

  private HttpServer listen(int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/verify",
        exchange -> {
          calls.incrementAndGet();
          exchange.getRequestBody().readAllBytes();
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    return server;
  }

  @AfterEach
  void stop() {
    service.close();
    auth.stop(0);
  }

  private Client client(String token) {
    return new Client(service.base(), token);
  }

  @Test
  void verdictsAreKept() {
    for (int i = 0; i < 10; i++) {
      assertThat(client("good-token").sync().status()).isEqualTo(200);
    }
    assertThat(calls.get()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"403|{}", "422|{}", "401|{}", "200|{\"valid\":false}"})
  void refusalsAre401(int answer, String text) {
    status = answer;
    body = text;
    Client.Answer refused = client("bad-token").sync();
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.errorCode()).isEqualTo("UNAUTHENTICATED");
    assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"500|oops", "200|nonsense", "200|[]", "302|moved", "404|{}", "200|''"})
  void everythingElseIs503AndSurvived(int answer, String text) {
    status = answer;
    body = text;
    assertUnavailable(client("good-token").sync());
    status = 200;
    body = "{\"valid\":true,\"key_id\":\"k\",\"name\":\"n\",\"metadata\":{}}";
    assertThat(client("good-token").sync().status()).isEqualTo(200);
  }

  @Test
  void serviceThatIsDownIsSaidAndUsedAgainWhenItIsBack() throws IOException {
    int port = auth.getAddress().getPort();
    auth.stop(0);
    assertUnavailable(client("good-token").sync());
    assertThat(client("good-token").health().status()).isEqualTo(200);
    auth = listen(port);
    assertThat(client("good-token").sync().status()).isEqualTo(200);
    assertThat(service.log()).doesNotContain("good-token");
  }

  private static void assertUnavailable(Client.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(503);
    assertThat(answer.errorCode()).isEqualTo("AUTH_UNAVAILABLE");
    assertThat(answer.header("Retry-After")).isNotEmpty();
    assertThat(answer.json().getString("detail")).contains("Authentication service unavailable");
  }
}
