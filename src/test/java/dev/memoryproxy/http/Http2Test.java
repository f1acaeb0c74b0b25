package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.StreamResetException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** HTTP/2 without TLS, beside HTTP/1.1 on the same port. One connection carries all streams. */
class Http2Test {
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withBodyTimeout(Duration.ofSeconds(1)));

  private HttpClient client;

  @BeforeEach
  void connect() {
    client =
        edge.vertx()
            .createHttpClient(
                new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false)
                    // A client's own window for all streams must outlast one that it does not read.
                    .setHttp2ConnectionWindowSize(1 << 20),
                new PoolOptions().setHttp2MaxSize(1));
  }

  private record Answer(HttpClientResponse response, Buffer body) {
    String errorCode() {
      return body.toJsonObject().getString("error_code");
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(20, TimeUnit.SECONDS);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
      Thread.sleep(5);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  private HttpClientRequest open(HttpMethod method, String path, String... headers)
      throws Exception {
    HttpClientRequest request =
        await(client.request(method, edge.port(), "127.0.0.1", path))
            .putHeader("Authorization", EdgeServer.TOKEN);
    for (String header : headers) {
      int colon = header.indexOf(':');
      request.putHeader(header.substring(0, colon), header.substring(colon + 1).strip());
    }
    return request;
  }

  private static Future<Answer> answer(HttpClientRequest request) {
    return request
        .response()
        .compose(response -> response.body().map(body -> new Answer(response, body)));
  }

  private Answer send(HttpMethod method, String path, Buffer body, String... headers)
      throws Exception {
    HttpClientRequest request = open(method, path, headers);
    Future<Answer> answer = answer(request);
    await(request.end(body));
    return await(answer);
  }

  private static Buffer random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Buffer.buffer(bytes);
  }

  @Test
  void filesAreWrittenReadAndDeleted() throws Exception {
    Answer put = send(HttpMethod.PUT, "/blob/a%2Fb%20c", Buffer.buffer("one"), "Content-MD5: new");
    assertThat(put.response().version()).isEqualTo(HttpVersion.HTTP_2);
    assertThat(put.response().statusCode()).isEqualTo(201);
    assertThat(put.response().getHeader("connection")).isNull();
    assertThat(edge.storage.content("a/b c")).isEqualTo("one".getBytes(UTF_8));
    Answer got = send(HttpMethod.GET, "/blob/a/b%20c", Buffer.buffer());
    assertThat(got.body()).hasToString("one");
    Answer head = send(HttpMethod.HEAD, "/blob/a/b%20c", Buffer.buffer());
    assertThat(head.response().getHeader("content-length")).isEqualTo("3");
    assertThat(send(HttpMethod.DELETE, "/blob/a/b%20c", Buffer.buffer()).response().statusCode())
        .isEqualTo(204);
    assertThat(send(HttpMethod.GET, "/blob/a/b%20c", Buffer.buffer()).errorCode())
        .isEqualTo("NOT_FOUND");
    assertThat(send(HttpMethod.GET, "/sync", Buffer.buffer()).response().statusCode())
        .isEqualTo(200);
  }

  @Test
  void largeBodiesComeAndGoWhole() throws Exception {
    Buffer large = random(900_000);
    Answer put = send(HttpMethod.PUT, "/blob/large", large, "Content-MD5: new");
    assertThat(put.response().statusCode()).isEqualTo(201);
    assertThat(edge.storage.content("large")).isEqualTo(large.getBytes());
    assertThat(send(HttpMethod.GET, "/blob/large", Buffer.buffer()).body()).isEqualTo(large);
    assertThat(edge.spooled()).isEmpty();
    assertThat(edge.uploads.uploads()).isZero();
  }

  @Test
  void refusalsOfLargeBodiesEndTheirStreamAndNothingElse() throws Exception {
    Answer tooLarge =
        refused("/blob/a", "Content-MD5: new", "Content-Length: " + (EdgeServer.MAX_BLOB + 1));
    assertThat(tooLarge.response().statusCode()).isEqualTo(413);
    assertThat(tooLarge.response().getHeader("connection")).isNull();
    assertThat(refused("/blob/a").response().statusCode()).isEqualTo(428);
    assertThat(refused("/blob/..", "Content-MD5: new").response().statusCode()).isEqualTo(400);
    // The same connection goes on.
    assertThat(
            send(HttpMethod.PUT, "/blob/a", Buffer.buffer("x"), "Content-MD5: new")
                .response()
                .statusCode())
        .isEqualTo(201);
  }

  /** An upload whose body begins and never ends. */
  private Answer refused(String path, String... headers) throws Exception {
    HttpClientRequest request = open(HttpMethod.PUT, path, headers);
    Promise<Void> reset = Promise.promise();
    request.exceptionHandler(gone -> reset.tryComplete());
    Future<Answer> answer = answer(request);
    if (headers.length < 2) {
      request.setChunked(true);
    }
    request.write(random(10_000));
    Answer got = await(answer);
    await(reset.future());
    return got;
  }

  @Test
  void stalledBodyIs408AndDoesNotDisturbOthers() throws Exception {
    HttpClientRequest stalled =
        open(HttpMethod.PUT, "/blob/stalled", "Content-MD5: new", "Content-Length: 200000");
    Future<Answer> answer = answer(stalled);
    stalled.write(random(100_000));
    Buffer large = random(500_000);
    assertThat(
            send(HttpMethod.PUT, "/blob/other", large, "Content-MD5: new").response().statusCode())
        .isEqualTo(201);
    Answer timeout = await(answer);
    assertThat(timeout.response().statusCode()).isEqualTo(408);
    assertThat(timeout.errorCode()).isEqualTo("REQUEST_TIMEOUT");
    assertThat(edge.uploads.uploads()).isZero();
    assertThat(edge.spooled()).isEmpty();
    assertThat(send(HttpMethod.GET, "/blob/other", Buffer.buffer()).body()).isEqualTo(large);
  }

  @Test
  void streamThatIsResetWhileItsWriteIsJudgedWritesNothing() throws Exception {
    Promise<Void> gate = Promise.promise();
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          if (call.equals("admit")) {
            asked.countDown();
            return gate.future();
          }
          return Future.succeededFuture();
        };
    HttpClientRequest request =
        open(HttpMethod.PUT, "/blob/a", "Content-MD5: new", "Content-Length: 100000");
    request.exceptionHandler(reset -> {});
    await(request.sendHead());
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    request.reset();
    // On the same connection, so the reset has arrived.
    assertThat(send(HttpMethod.GET, "/health", Buffer.buffer()).response().statusCode())
        .isEqualTo(200);
    gate.complete();
    await(() -> edge.uploads.uploads() == 0);
    assertThat(edge.storage.puts).isEmpty();
  }

  @Test
  void streamThatIsResetMidBodyLeavesNothing() throws Exception {
    HttpClientRequest request =
        open(HttpMethod.PUT, "/blob/a", "Content-MD5: new", "Content-Length: 200000");
    request.exceptionHandler(reset -> {});
    await(request.write(random(60_000)));
    await(() -> edge.spooled().size() == 1);
    request.reset();
    await(() -> edge.uploads.uploads() == 0 && edge.spooled().isEmpty());
    assertThat(edge.uploads.spoolBytes()).isZero();
    assertThat(edge.storage.puts).isEmpty();
  }

  @Test
  void readerThatStallsHoldsTheStoreBackAndNotTheOtherStreams() throws Exception {
    Buffer large = random(20_000_000);
    edge.storage.store("big", large.getBytes(), "application/octet-stream");
    ByteStream[] opened = new ByteStream[1];
    edge.storage.streams =
        part -> {
          ByteStream stream = new ByteStream(part);
          if (part.length > 1_000) {
            opened[0] = stream;
          }
          return stream;
        };
    edge.storage.store("small", "small");
    HttpClientRequest request = open(HttpMethod.GET, "/blob/big");
    Future<HttpClientResponse> head = request.response();
    Promise<HttpClientResponse> paused = Promise.promise();
    head.onSuccess(
        response -> {
          response.pause();
          paused.complete(response);
        });
    await(request.end());
    HttpClientResponse response = await(paused.future());
    for (int i = 0; i < 50; i++) {
      assertThat(send(HttpMethod.GET, "/blob/small", Buffer.buffer()).body()).hasToString("small");
    }
    assertThat(opened[0].emitted.get()).isLessThan(large.length() / 2);
    Future<Buffer> body = response.body();
    response.resume();
    assertThat(await(body)).isEqualTo(large);
  }

  @Test
  void storeThatBreaksOffResetsTheStreamOnly() throws Exception {
    edge.storage.store("big", new byte[500_000], "application/octet-stream");
    edge.storage.streams = part -> new ByteStream(part, 100_000);
    HttpClientRequest request = open(HttpMethod.GET, "/blob/big");
    Future<Answer> answer = answer(request);
    await(request.end());
    assertThatThrownBy(() -> await(answer)).isInstanceOf(StreamResetException.class);
    assertThat(send(HttpMethod.GET, "/health", Buffer.buffer()).response().statusCode())
        .isEqualTo(200);
  }

  @Test
  void continueIsSentOnceTheWriteIsAdmitted() throws Exception {
    HttpClientRequest request =
        open(HttpMethod.PUT, "/blob/a", "Content-MD5: new", "Content-Length: 5");
    request.putHeader("Expect", "100-continue");
    Promise<Void> invited = Promise.promise();
    request.continueHandler(now -> invited.tryComplete());
    Future<Answer> answer = answer(request);
    await(request.sendHead());
    await(invited.future());
    assertThat(edge.storage.count("admit")).isEqualTo(1);
    await(request.end("hello"));
    assertThat(await(answer).response().statusCode()).isEqualTo(201);
  }

  @Test
  void streamsOfAConnectionAreBounded() throws Exception {
    HttpClientRequest request = open(HttpMethod.GET, "/health");
    Promise<Long> bound = Promise.promise();
    request
        .connection()
        .remoteSettingsHandler(settings -> bound.tryComplete(settings.getMaxConcurrentStreams()));
    if (request.connection().remoteSettings() != null) {
      bound.tryComplete(request.connection().remoteSettings().getMaxConcurrentStreams());
    }
    assertThat(await(bound.future())).isEqualTo(100);
    await(request.end());
  }

  @Test
  void javasClientUpgradesAndIsServed() throws Exception {
    java.net.http.HttpClient upgrading = java.net.http.HttpClient.newHttpClient();
    URI base = URI.create("http://127.0.0.1:" + edge.port());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve("/health")).header("Authorization", EdgeServer.TOKEN);
    HttpResponse<String> first =
        upgrading.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(first.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
    byte[] large = random(900_000).getBytes();
    HttpRequest put =
        request
            .uri(base.resolve("/blob/large"))
            .header("Content-MD5", "new")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(large))
            .build();
    HttpResponse<String> written = upgrading.send(put, HttpResponse.BodyHandlers.ofString());
    assertThat(written.statusCode()).isEqualTo(201);
    assertThat(written.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
    assertThat(edge.storage.content("large")).isEqualTo(large);
  }

  /** The body of an upgrade has no flow control. */
  @Test
  void firstRequestWithABodyIsServedWithoutUpgrade() throws Exception {
    byte[] large = random(900_000).getBytes();
    HttpResponse<String> written =
        java.net.http.HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + edge.port() + "/blob/large"))
                    .header("Authorization", EdgeServer.TOKEN)
                    .header("Content-MD5", "new")
                    .PUT(HttpRequest.BodyPublishers.ofByteArray(large))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(written.statusCode()).isEqualTo(201);
    assertThat(written.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_1_1);
    assertThat(edge.storage.content("large")).isEqualTo(large);
  }

  @Test
  void runningStreamsFinishWhenTheServiceStops() throws Exception {
    Promise<Void> gate = Promise.promise();
    CountDownLatch asked = new CountDownLatch(1);
    edge.storage.before =
        call -> {
          if (call.equals("put")) {
            asked.countDown();
            return gate.future();
          }
          return Future.succeededFuture();
        };
    HttpClientRequest request = open(HttpMethod.PUT, "/blob/a", "Content-MD5: new");
    Future<Answer> answer = answer(request);
    await(request.end(Buffer.buffer("last")));
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    Promise<Void> goAway = Promise.promise();
    request.connection().goAwayHandler(away -> goAway.tryComplete());
    String deployment = edge.vertx().deploymentIDs().iterator().next();
    Future<Void> stopped = edge.vertx().undeploy(deployment);
    await(goAway.future());
    gate.complete();
    assertThat(await(answer).response().statusCode()).isEqualTo(201);
    await(stopped);
  }
}
