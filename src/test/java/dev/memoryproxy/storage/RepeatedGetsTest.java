package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ManualClock;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/** What counts as an object's absence, and what happens when the store answers otherwise. */
@Timeout(30)
class RepeatedGetsTest {
  private static final String NO_SUCH_KEY =
      "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Key>a b</Key></Error>";
  private static final Duration CONNECT = Duration.ofSeconds(2);

  private final ManualClock clock = new ManualClock();
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private Vertx vertx;
  private HttpServer server;
  private RepeatedGets repeats;
  private volatile Handler<HttpServerRequest> store = RepeatedGetsTest::absent;

  @BeforeEach
  void listen() throws Exception {
    vertx = Vertx.vertx();
    repeats = new RepeatedGets(vertx, clock, CONNECT);
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .requestHandler(
                request -> {
                  seen.add(request.uri());
                  store.handle(request);
                });
    await(server.listen());
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(20, TimeUnit.SECONDS);
  }

  private static void absent(HttpServerRequest request) {
    request.response().setStatusCode(404).setChunked(true).end(NO_SUCH_KEY);
  }

  private SdkHttpRequest signed(String path) {
    return SdkHttpRequest.builder()
        .method(SdkHttpMethod.GET)
        .uri(URI.create("http://127.0.0.1:" + server.actualPort()))
        .encodedPath(path)
        .putRawQueryParameter("x-id", "Get Object")
        .putHeader("Authorization", "AWS4-HMAC-SHA256 Signature=it")
        .putHeader("Host", "bucket.example")
        .build();
  }

  private boolean findAbsent(String key) throws Exception {
    return await(repeats.findAbsent(key));
  }

  @Test
  void whatNobodyKeptIsNotKnown() throws Exception {
    assertThat(findAbsent("x")).isFalse();
    assertThat(seen).isEmpty();
  }

  @Test
  void theRequestGoesOutAsItWasSigned() throws Exception {
    List<Map.Entry<String, String>> headers = new ArrayList<>();
    store =
        request -> {
          headers.addAll(request.headers().entries());
          absent(request);
        };
    repeats.keep("x", signed("/bucket/a%20b%2Bc"));
    assertThat(findAbsent("x")).isTrue();
    assertThat(seen).containsExactly("/bucket/a%20b%2Bc?x-id=Get%20Object");
    assertThat(headers)
        .extracting(each -> each.getKey().toLowerCase(java.util.Locale.ROOT), Map.Entry::getValue)
        .containsExactlyInAnyOrder(
            org.assertj.core.api.Assertions.tuple("authorization", "AWS4-HMAC-SHA256 Signature=it"),
            org.assertj.core.api.Assertions.tuple("host", "bucket.example"));
  }

  @Test
  void anObjectThatIsThereIsAskedForOnceAndNothingRests() throws Exception {
    store = request -> request.response().end("content");
    repeats.keep("x", signed("/bucket/x"));
    repeats.keep("y", signed("/bucket/y"));
    assertThat(findAbsent("x")).isFalse();
    assertThat(findAbsent("x")).isFalse();
    store = RepeatedGetsTest::absent;
    assertThat(findAbsent("y")).isTrue();
    assertThat(seen).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "403 <Error><Code>AccessDenied</Code></Error>",
        "404 <Error><Code>NoSuchBucket</Code></Error>",
        "404 ",
        "404 LONG",
        "200 ENDLESS",
        "301 <Error><Code>PermanentRedirect</Code></Error>",
        "500 <Error><Code>NoSuchKey</Code></Error>",
        "503 <Error><Code>SlowDown</Code></Error>",
        "cut",
        "half",
        "silence"
      })
  void nothingButThePlainAnswerCounts(String answer) throws Exception {
    store = request -> answer(request, answer);
    repeats.keep("x", signed("/bucket/x"));
    assertThat(findAbsent("x")).isFalse();
    assertThat(findAbsent("x")).isFalse();
    assertThat(seen).hasSize(1);
  }

  private static void answer(HttpServerRequest request, String answer) {
    switch (answer) {
      case "cut" -> request.connection().close();
      case "silence" -> {}
      case "half" ->
          request
              .response()
              .setStatusCode(404)
              .putHeader("Content-Length", Integer.toString(NO_SUCH_KEY.length() + 10))
              .write(NO_SUCH_KEY)
              .onComplete(sent -> request.connection().close());
      default -> {
        int status = Integer.parseInt(answer.substring(0, 3));
        String body = answer.substring(4);
        request.response().setStatusCode(status).setChunked(true);
        switch (body) {
          case "LONG" -> request.response().end(NO_SUCH_KEY + " ".repeat(20_000));
          case "ENDLESS" -> request.response().write(" ".repeat(100));
          default -> request.response().end(body);
        }
      }
    }
  }

  @Test
  void afterAFailureItRestsLongerEachTimeUntilAllIsWell() throws Exception {
    for (long seconds : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      store = request -> request.response().setStatusCode(503).end();
      repeats.keep("x", signed("/bucket/x"));
      int before = seen.size();
      assertThat(findAbsent("x")).isFalse();
      assertThat(seen).hasSize(before + 1);
      store = RepeatedGetsTest::absent;
      repeats.keep("x", signed("/bucket/x"));
      clock.advance(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(findAbsent("x")).isFalse();
      assertThat(seen).hasSize(before + 1);
      clock.advance(Duration.ofMillis(1));
    }
    repeats.keep("x", signed("/bucket/x"));
    assertThat(findAbsent("x")).isTrue();
    store = request -> request.response().setStatusCode(503).end();
    assertThat(findAbsent("x")).isFalse();
    store = RepeatedGetsTest::absent;
    repeats.keep("x", signed("/bucket/x"));
    clock.advance(Duration.ofSeconds(1));
    assertThat(findAbsent("x")).isTrue();
  }

  @Test
  void aSignatureIsUsedForAMinute() throws Exception {
    repeats.keep("x", signed("/bucket/x"));
    clock.advance(Duration.ofSeconds(RepeatedGets.KEPT_SECONDS));
    assertThat(findAbsent("x")).isTrue();
    clock.advance(Duration.ofMillis(1));
    assertThat(findAbsent("x")).isFalse();
    assertThat(seen).hasSize(1);
  }

  @Test
  void beyondTheBoundWhatWasNotAskedForLongestIsDropped() throws Exception {
    repeats.keep("first", signed("/bucket/first"));
    repeats.keep("second", signed("/bucket/second"));
    for (int i = 0; i < 254; i++) {
      repeats.keep("k" + i, signed("/bucket/k" + i));
    }
    assertThat(findAbsent("first")).isTrue();
    repeats.keep("one more", signed("/bucket/one-more"));
    assertThat(findAbsent("first")).isTrue();
    assertThat(findAbsent("one more")).isTrue();
    assertThat(findAbsent("second")).isFalse();
  }

  @Test
  void nobodyWaitsForAPlace() throws Exception {
    List<HttpServerRequest> held = new CopyOnWriteArrayList<>();
    store = held::add;
    List<Future<Boolean>> asked = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      repeats.keep("k" + i, signed("/bucket/k" + i));
      asked.add(repeats.findAbsent("k" + i));
    }
    assertThat(await(asked.get(16))).isFalse();
    while (held.size() < 16) {
      Thread.onSpinWait();
    }
    held.forEach(RepeatedGetsTest::absent);
    for (Future<Boolean> each : asked.subList(0, 16)) {
      assertThat(await(each)).isTrue();
    }
    store = RepeatedGetsTest::absent;
    assertThat(findAbsent("k16")).isTrue();
  }

  @Test
  void aConnectionThatComesTooLateIsLetGoOf() throws Exception {
    Promise<HttpClientRequest> connection = Promise.promise();
    Promise<String> first = Promise.promise();
    HttpClient slow = (HttpClient) proxy(HttpClient.class, call -> connection.future());
    RepeatedGets over = new RepeatedGets(vertx, clock, slow);
    over.keep("x", signed("/bucket/x"));
    assertThat(await(over.findAbsent("x"))).isFalse();
    connection.complete(
        (HttpClientRequest)
            proxy(
                HttpClientRequest.class,
                call -> {
                  first.tryComplete(call);
                  return call.equals("reset")
                      ? Future.succeededFuture()
                      : Promise.promise().future();
                }));
    assertThat(await(first.future())).isEqualTo("reset");
  }

  private static Object proxy(Class<?> type, Function<String, Object> answers) {
    return Proxy.newProxyInstance(
        type.getClassLoader(),
        new Class<?>[] {type},
        (self, method, arguments) -> answers.apply(method.getName()));
  }

  /** Whoever opens the store at start is a verticle that ends when the store was probed. */
  @ParameterizedTest
  @ValueSource(strings = {"EVENT_LOOP", "WORKER"})
  void itOutlivesTheVerticleThatMadeIt(String model) throws Exception {
    RepeatedGets[] made = new RepeatedGets[1];
    String id =
        await(
            vertx.deployVerticle(
                () ->
                    new VerticleBase() {
                      @Override
                      public Future<?> start() {
                        made[0] = new RepeatedGets(vertx, clock, CONNECT);
                        return Future.succeededFuture();
                      }
                    },
                new DeploymentOptions().setThreadingModel(ThreadingModel.valueOf(model))));
    await(vertx.undeploy(id));
    made[0].keep("x", signed("/bucket/x"));
    assertThat(await(made[0].findAbsent("x"))).isTrue();
  }

  @Test
  void closedItKnowsNothing() throws Exception {
    repeats.keep("x", signed("/bucket/x"));
    await(repeats.close());
    repeats.keep("x", signed("/bucket/x"));
    assertThat(findAbsent("x")).isFalse();
  }
}
