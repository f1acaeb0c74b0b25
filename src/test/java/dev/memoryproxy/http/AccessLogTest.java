package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class AccessLogTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  private final Logger root = (Logger) LoggerFactory.getLogger("dev.memoryproxy");
  private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

  @BeforeEach
  void listen() {
    appender.list = new CopyOnWriteArrayList<>();
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void stopListening() {
    root.detachAppender(appender);
  }

  private List<Map<String, String>> lines() {
    return appender.list.stream()
        .filter(event -> event.getLoggerName().equals("dev.memoryproxy.access"))
        .map(AccessLogTest::values)
        .toList();
  }

  private static Map<String, String> values(ILoggingEvent event) {
    Map<String, String> values = new TreeMap<>();
    event.getKeyValuePairs().forEach(pair -> values.put(pair.key, String.valueOf(pair.value)));
    return values;
  }

  private Map<String, String> awaitLine() throws InterruptedException {
    for (int i = 0; i < 2_000 && lines().isEmpty(); i++) {
      Thread.sleep(5);
    }
    assertThat(lines()).hasSize(1);
    return lines().get(0);
  }

  @Test
  void eachRequestIsOneLine() throws Exception {
    RawResponse response =
        edge.send("PUT", "/blob/a%20b", "12345", "Content-MD5: new", "X-Request-Id: my-id.1");
    assertThat(response.header("x-request-id")).contains("my-id.1");
    Map<String, String> line = awaitLine();
    assertThat(line)
        .containsEntry("request_id", "my-id.1")
        .containsEntry("method", "PUT")
        .containsEntry("path", "/blob/a%20b")
        .containsEntry("status", "201")
        .containsEntry("bytes_in", "5")
        .containsEntry("bytes_out", "0")
        .containsEntry("key", "test")
        .containsKey("ms")
        .doesNotContainKeys("aborted", "error");
  }

  @Test
  void refusalsAreLinesToo() throws Exception {
    edge.send("GET", "/blob/..", "", "Authorization: Bearer bad");
    assertThat(awaitLine())
        .containsEntry("status", "401")
        .containsEntry("error", "UNAUTHENTICATED")
        .doesNotContainKey("key");
  }

  @Test
  void refusalsOfKnownCallersNameThem() throws Exception {
    edge.keyName = "Al\"ice\n\u20ac";
    edge.access = dev.memoryproxy.auth.Access.NOTHING;
    edge.send("GET", "/blob/a", "");
    assertThat(awaitLine())
        .containsEntry("status", "403")
        .containsEntry("error", "FORBIDDEN")
        .containsEntry("key", "Al%22ice%0A%u20AC");
  }

  @Test
  void keyWithoutANameGoesByItsId() throws Exception {
    edge.keyName = "";
    edge.send("GET", "/blob/a", "");
    assertThat(awaitLine()).containsEntry("key", "k");
  }

  @Test
  void whatIsNotHttpIsALineToo() throws Exception {
    RawClient client = edge.connect();
    client.write("nonsense\r\n\r\n");
    client.read(false);
    assertThat(awaitLine())
        .containsEntry("status", "400")
        .containsEntry("error", "INVALID_REQUEST")
        .doesNotContainKey("aborted");
    client.drain();
    assertThat(lines()).hasSize(1);
  }

  @Test
  void neitherTokenNorQueryNorBodyIsLogged() throws Exception {
    edge.storage.before = call -> Future.failedFuture(FakeStorage.down());
    edge.send("GET", "/sync?token=hunter2", "");
    edge.send("PUT", "/blob/a?token=hunter2", "hunter2", "Content-MD5: new");
    edge.send("PUT", "/blob/a", "hunter2", "Content-MD5: new", "Cookie: hunter2");
    edge.send("GET", "/blob/a", "", "Authorization: Bearer hunter2", "X-Request-Id: \"hunter2\"");
    assertThat(appender.list).isNotEmpty();
    for (ILoggingEvent event : appender.list) {
      String text = event.getFormattedMessage() + event.getKeyValuePairs();
      assertThat(text).doesNotContain("hunter2").doesNotContain(EdgeServer.TOKEN);
    }
  }

  @Test
  void nothingInAPathCanForgeALine() throws Exception {
    edge.send("GET", "/blob/a\"status=200\\\u00e4", "");
    assertThat(awaitLine().get("path")).isEqualTo("/blob/a%22status=200%5C%C3%A4");
  }

  @Test
  void clientThatLeftBeforeTheAnswerIsALine() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          asked.countDown();
          return Promise.<Void>promise().future();
        };
    RawClient client = edge.connect();
    client.write(RawClient.request("GET", "/blob/a", ""));
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThat(awaitLine()).containsEntry("status", "499").containsEntry("aborted", "true");
  }

  @Test
  void clientThatLeftDuringItsUploadIsALineWithTheBytesSoFar() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          asked.countDown();
          return Future.succeededFuture();
        };
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Content-MD5: new", "Content-Length: 100000")
            + "abc");
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    // The client's bytes and its end are separate events on the way in.
    edge.send("GET", "/health", "");
    client.close();
    for (int i = 0; i < 2_000 && lines().size() < 2; i++) {
      Thread.sleep(5);
    }
    assertThat(lines())
        .anySatisfy(
            line ->
                assertThat(line)
                    .containsEntry("status", "499")
                    .containsEntry("aborted", "true")
                    .containsEntry("bytes_in", "3"));
    assertThat(edge.storage.puts).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Request-Id: ",
        "X-Request-Id: has space",
        "X-Request-Id: quote\"",
        "X-Request-Id: \u00e4",
        "X-Request-Id: <script>",
        "X-Request-Id: one|X-Request-Id: two",
      })
  void insaneRequestIdsAreReplaced(String headers) throws IOException {
    RawResponse response = edge.send("GET", "/health", "", headers.split("\\|"));
    assertThat(
            response.headers().stream()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("x-request-id")))
        .hasSize(1);
    assertThat(response.header("x-request-id").orElse("")).matches("[0-9a-f-]{36}");
  }

  @Test
  void requestIdsUpTo128CharactersAreKept() throws IOException {
    String longest = "a".repeat(128);
    assertThat(edge.send("GET", "/health", "", "X-Request-Id: " + longest).header("x-request-id"))
        .contains(longest);
    assertThat(
            edge.send("GET", "/health", "", "X-Request-Id: " + longest + "a")
                .header("x-request-id"))
        .isNotEmpty()
        .isNotEqualTo(java.util.Optional.of(longest + "a"));
  }

  @Test
  void internalFailureIsLoggedOnceWithItsCauseUnderTheRequestsId() throws Exception {
    edge.storage.before = call -> Future.failedFuture(new IllegalStateException("the cause"));
    edge.send("GET", "/blob/a", "", "X-Request-Id: find-me");
    List<ILoggingEvent> errors =
        appender.list.stream()
            .filter(event -> event.getLevel().toString().equals("ERROR"))
            .toList();
    assertThat(errors).hasSize(1);
    assertThat(errors.get(0).getFormattedMessage()).contains("find-me");
    assertThat(errors.get(0).getThrowableProxy().getMessage()).isEqualTo("the cause");
  }
}
