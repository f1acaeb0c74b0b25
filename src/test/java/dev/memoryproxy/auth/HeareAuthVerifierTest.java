package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.ManualClock;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HeareAuthVerifierTest {
  private static final String TOKEN = "s3cretT0kenOfAlice0123456789";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(300);

  private Vertx vertx;
  private FakeAuthServer server;
  private CapturedLog log;

  @BeforeEach
  void start() {
    log = new CapturedLog();
    vertx = Vertx.vertx();
    server = new FakeAuthServer(vertx);
  }

  @AfterEach
  void stop() {
    vertx.close().await();
    log.close();
    assertThat(log.lines()).noneMatch(line -> line.contains(TOKEN));
  }

  private HeareAuthVerifier verifier(URI url, Duration timeout) {
    return new HeareAuthVerifier(vertx, new HeareAuth(url, "app-7"), timeout, TimeSource.SYSTEM);
  }

  private Verdict verdict() {
    return verdict(server.url(), LONG);
  }

  private Verdict verdict(URI url, Duration timeout) {
    return verifier(url, timeout).verify(Secret.of(TOKEN)).await();
  }

  private ProxyError outage(URI url, Duration timeout) {
    ProxyError error = catchThrowableOfType(ProxyError.class, () -> verdict(url, timeout));
    assertThat(error).describedAs("an outage").isNotNull();
    assertThat(error.kind()).isEqualTo(ProxyError.Kind.AUTH_UNAVAILABLE);
    assertThat(error.detail()).startsWith("Authentication service unavailable");
    assertThat(error.retryAfter()).isPresent();
    assertThat(error.toString() + error.context()).doesNotContain(TOKEN);
    return error;
  }

  private void assertLoggedReason(String reason) {
    assertThat(log.lines())
        .filteredOn(line -> line.contains("authentication service unavailable"))
        .singleElement()
        .asString()
        .startsWith("WARN ")
        .contains(reason);
  }

  @Test
  void aValidKeyIsAcceptedAndNamed() {
    server.answering(
        200,
        new JsonObject()
            .put("valid", true)
            .put("key_id", "key-1")
            .put("name", "Alice")
            .put("metadata", new JsonObject().put("team", "x").put("deep", new JsonObject()))
            .put("unknown", 1)
            .encode());

    assertThat(verdict())
        .isEqualTo(new Verdict.Accepted(new Principal("key-1", "Alice", Access.EVERYTHING)));
    assertThat(server.asked)
        .containsExactly(
            new FakeAuthServer.Asked(
                "POST", "/verify", new JsonObject().put("api_key", TOKEN).put("app_id", "app-7")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"valid\":true}",
        "{\"valid\":true,\"key_id\":null,\"name\":null,\"metadata\":null}",
        "{\"valid\":true,\"key_id\":{},\"name\":[],\"metadata\":{}}",
      })
  void aValidKeyNeedsNoName(String answer) {
    server.answering(200, answer);

    assertThat(verdict()).isEqualTo(new Verdict.Accepted(new Principal("", "", Access.EVERYTHING)));
  }

  private static String answerWith(String namespaces) {
    return "{\"valid\":true,\"key_id\":\"k\",\"metadata\":{\"namespaces\":" + namespaces + "}}";
  }

  private static Access access(TokenVerifier verifier) {
    return ((Verdict.Accepted) verifier.verify(Secret.of(TOKEN)).await()).principal().access();
  }

  @Test
  void theMetadataSayWhatAKeyOpensAndAChangeCountsWhenTheVerdictIsForgotten() {
    ManualClock clock = new ManualClock();
    TokenVerifier verifier = new CachingVerifier(verifier(server.url(), LONG), clock);
    Namespace shared = Namespace.parse("shared/x");
    server.answering(200, answerWith("[\"shared/**:ro\"]"));
    assertThat(access(verifier).to(shared)).isEqualTo(Access.Permission.READ);

    server.answering(200, answerWith("[\"shared/**\"]"));
    clock.advance(CachingVerifier.ACCEPTED_FOR.minusNanos(1));
    assertThat(access(verifier).to(shared)).isEqualTo(Access.Permission.READ);
    clock.advance(Duration.ofNanos(1));
    assertThat(access(verifier).to(shared)).isEqualTo(Access.Permission.WRITE);

    server.answering(200, answerWith("\"shared/**\""));
    clock.advance(CachingVerifier.ACCEPTED_FOR);
    assertThat(access(verifier).to(shared)).isEqualTo(Access.Permission.NONE);
  }

  @ParameterizedTest
  @CsvSource({"200, '{\"valid\":false}'", "401, ''", "403, '{}'", "422, 'nonsense'"})
  void aBadKeyIsRefused(int status, String body) {
    server.answering(status, body);

    assertThat(verdict()).isEqualTo(new Verdict.Refused());
  }

  @ParameterizedTest
  @CsvSource({
    "500, '{\"valid\":true}'",
    "503, ''",
    "404, ''",
    "429, ''",
    "400, ''",
    "201, '{\"valid\":true}'",
    "204, ''",
  })
  void anyOtherStatusIsAnOutage(int status, String body) {
    server.answering(status, body);

    outage(server.url(), LONG);
    assertLoggedReason("answered " + status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>",
        "[]",
        "null",
        "true",
        "{}",
        "{\"valid\":\"true\"}",
        "{\"valid\":1}",
        "{\"valid\":null}",
        "{\"valid\":true",
        "{\"api_key\":\"" + TOKEN + "\"",
        "{\"detail\":\"" + TOKEN + "\"} trailing",
        TOKEN,
      })
  void nonsenseIsAnOutage(String body) {
    server.answering(200, body);

    outage(server.url(), LONG);
    assertLoggedReason("answered 200 with");
  }

  @Test
  void deeplyNestedNonsenseIsAnOutage() {
    server.answering(200, "{\"valid\":true,\"a\":" + "[".repeat(30_000));

    outage(server.url(), LONG);
  }

  @Test
  void aRedirectIsNotFollowed() {
    Promise<Void> followed = Promise.promise();
    try (FakeAuthServer elsewhere = new FakeAuthServer(vertx)) {
      elsewhere.answering(
          request -> {
            followed.tryComplete();
            request.response().end("{\"valid\":true}");
          });
      for (int status : new int[] {301, 302, 303, 307, 308}) {
        server.answering(
            request ->
                request
                    .response()
                    .setStatusCode(status)
                    .putHeader("Location", elsewhere.url() + "/verify")
                    .end());
        outage(server.url(), LONG);
      }
    }
    assertThat(followed.future().isComplete()).isFalse();
  }

  @Test
  void aServiceThatIsDownIsAnOutage() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }

    outage(URI.create("http://127.0.0.1:" + port), LONG);
    assertLoggedReason("refused");
  }

  @Test
  void aNameThatDoesNotExistIsAnOutage() {
    outage(URI.create("http://nowhere.invalid"), LONG);
  }

  @Test
  void aServiceThatSaysNothingIsAnOutageAfterTheTimeout() {
    server.answering(request -> {});

    outage(server.url(), SHORT);
    assertLoggedReason("no answer within 300 ms");
  }

  @Test
  void aServiceThatStopsMidAnswerIsAnOutageAfterTheTimeout() {
    server.answering(
        request -> request.response().putHeader("Content-Length", "100").write("{\"valid\":true"));

    outage(server.url(), SHORT);
  }

  @Test
  void aServiceThatHangsUpIsAnOutage() {
    server.answering(request -> request.connection().close());

    outage(server.url(), LONG);
  }

  @Test
  void anAnswerThatEndsEarlyIsAnOutage() {
    server.answering(
        request -> {
          request.response().putHeader("Content-Length", "100").write("{\"valid\":true}");
          vertx.setTimer(20, t -> request.connection().close());
        });

    outage(server.url(), LONG);
  }

  @Test
  void aHugeAnswerIsAnOutageAndNotKept() {
    server.answering(200, "{\"valid\":true,\"a\":\"" + "x".repeat(5_000_000) + "\"}");

    outage(server.url(), LONG);
    assertLoggedReason("more than 65536 bytes");
  }

  @Test
  void anAnswerWithoutEndIsCutOff() {
    Promise<Void> cut = Promise.promise();
    server.answering(
        request -> {
          HttpServerResponse response = request.response().setChunked(true);
          request.connection().closeHandler(v -> cut.tryComplete());
          pour(response, cut);
        });

    outage(server.url(), Duration.ofSeconds(2));
    assertThat(cut.future().await()).isNull();
  }

  private static void pour(HttpServerResponse response, Promise<Void> cut) {
    Buffer chunk = Buffer.buffer(new byte[64 * 1024]);
    AtomicInteger left = new AtomicInteger(4_000);
    Handler<Void> more =
        v -> {
          while (!response.closed() && !response.writeQueueFull()) {
            if (left.decrementAndGet() < 0) {
              cut.tryFail("250 MB were taken, where the limit is 64 KiB");
              return;
            }
            response.write(chunk);
          }
        };
    response.drainHandler(more);
    more.handle(null);
  }

  @Test
  void aConnectionIsUsedAgain() {
    server.answering(200, "{\"valid\":true}");
    HeareAuthVerifier verifier = verifier(server.url(), LONG);

    Promise<Verdict> last = Promise.promise();
    vertx.runOnContext(
        v -> {
          Future<Verdict> chain = verifier.verify(Secret.of(TOKEN));
          for (int i = 1; i < 5; i++) {
            chain = chain.compose(verdict -> ask(verifier));
          }
          chain.onComplete(last);
        });
    last.future().await();

    assertThat(server.asked).hasSize(5);
    // A connection is back in its pool one turn after its answer: two take turns.
    assertThat(server.connections).hasValueLessThanOrEqualTo(2);
  }

  private static Future<Verdict> ask(HeareAuthVerifier verifier) {
    return verifier.verify(Secret.of(TOKEN));
  }

  @Test
  void aConnectionThatTheServiceClosedMeanwhileIsReplaced() {
    AtomicInteger requests = new AtomicInteger();
    server.answering(
        request -> {
          // The second request arrives on a connection that the service is about to close.
          if (requests.incrementAndGet() == 2) {
            request.connection().close();
          } else {
            request.response().end("{\"valid\":true}");
          }
        });
    HeareAuthVerifier verifier = verifier(server.url(), LONG);
    verifier.verify(Secret.of(TOKEN)).await();

    assertThat(verifier.verify(Secret.of(TOKEN)).await()).isInstanceOf(Verdict.Accepted.class);
    assertThat(requests).hasValue(3);
  }

  @Test
  void theUrlMayHaveAPath() {
    server.answering(200, "{\"valid\":true}");

    assertThat(verdict(URI.create(server.url() + "/auth/v1"), LONG))
        .isInstanceOf(Verdict.Accepted.class);
    assertThat(server.asked).extracting(FakeAuthServer.Asked::path).contains("/auth/v1/verify");
  }

  @Test
  void aServiceThatIsBackWorksAtOnceAndTheLogSaysSo() {
    HeareAuthVerifier verifier = verifier(server.url(), LONG);
    server.answering(500, "");
    assertThatThrownBy(() -> verifier.verify(Secret.of(TOKEN)).await())
        .isInstanceOf(ProxyError.class);
    server.answering(200, "{\"valid\":true}");

    assertThat(verifier.verify(Secret.of(TOKEN)).await()).isInstanceOf(Verdict.Accepted.class);
    assertThat(log.lines()).anyMatch(line -> line.contains("available again"));
  }

  @Test
  void anOutageIsLoggedAtMostOnceIn10Seconds() {
    ManualClock clock = new ManualClock();
    HeareAuthVerifier verifier =
        new HeareAuthVerifier(vertx, new HeareAuth(server.url(), "app"), LONG, clock);
    Handler<HttpServerRequest> broken = request -> request.response().setStatusCode(500).end();
    server.answering(broken);

    for (int i = 0; i < 21; i++) {
      if (i == 20) {
        clock.advance(Duration.ofSeconds(10));
      }
      assertThatThrownBy(() -> verifier.verify(Secret.of(TOKEN)).await())
          .isInstanceOf(ProxyError.class);
    }

    assertThat(log.lines())
        .filteredOn(line -> line.contains("authentication service unavailable"))
        .satisfiesExactly(
            first -> assertThat(first).contains("untold=\"0\""),
            second -> assertThat(second).contains("untold=\"19\""));
  }
}
