package dev.memoryproxy.auth;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import dev.memoryproxy.config.ServiceConfig.NoAuth;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AuthHandlerTest {
  private static final String TOKEN = "s3cretT0kenOfAlice0123456789";
  private static final Verdict GOOD =
      new Verdict.Accepted(new Principal("k1", "Alice", Access.EVERYTHING));

  private Vertx vertx;
  private WebClient client;
  private CapturedLog log;
  private int port;

  /** Answers when it is told to; behind a cache, which brings the verdict to the right context. */
  private static final class Held {
    final Promise<Verdict> gate = Promise.promise();
    final CountDownLatch asked = new CountDownLatch(1);
    final CachingVerifier verifier =
        new CachingVerifier(
            token -> {
              // Whatever came with the head of the request has been delivered by then.
              requireNonNull(Vertx.currentContext()).runOnContext(v -> asked.countDown());
              return gate.future();
            },
            TimeSource.SYSTEM);
  }

  @BeforeEach
  void start() {
    log = new CapturedLog();
    vertx = Vertx.vertx();
    client =
        WebClient.create(
            vertx,
            new WebClientOptions(new HttpClientOptions().setDefaultHost("127.0.0.1")),
            new PoolOptions().setHttp1MaxSize(100));
  }

  @AfterEach
  void stop() {
    vertx.close().await();
    log.close();
    assertThat(log.lines()).noneMatch(line -> line.contains(TOKEN));
  }

  /** A server whose PUT answers with what it received, and with who sent it. */
  private void serve(Handler<RoutingContext> auth) {
    Handler<RoutingContext> echo =
        ctx -> {
          ctx.response().putHeader("Principal", AuthHandler.principal(ctx).toString());
          ctx.request().body().onSuccess(ctx.response()::end).onFailure(ctx::fail);
        };
    serve(auth, echo);
  }

  private void serve(Handler<RoutingContext> auth, Handler<RoutingContext> then) {
    Router router = Router.router(vertx);
    router
        .route()
        .handler(AuthHandlerTest::hold)
        .handler(auth)
        .handler(
            ctx -> {
              then.handle(ctx);
              ctx.request().resume();
            })
        .failureHandler(AuthHandlerTest::respond);
    port = listen(vertx, router);
  }

  private static int listen(Vertx vertx, Router router) {
    HttpServer server =
        vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1").await();
    return server.actualPort();
  }

  private static void hold(RoutingContext ctx) {
    ctx.request().pause();
    ctx.next();
  }

  private static void respond(RoutingContext ctx) {
    ctx.request().resume();
    if (ctx.failure() instanceof ProxyError error) {
      ctx.response().setStatusCode(error.kind().status()).end(error.kind() + " " + error.detail());
    } else {
      ctx.response().setStatusCode(599).end(String.valueOf(ctx.failure()));
    }
  }

  private Future<HttpResponse<Buffer>> put(String token, Buffer body) {
    return client
        .request(HttpMethod.PUT, port, "127.0.0.1", "/blob/a")
        .putHeader("Authorization", "Bearer " + token)
        .sendBuffer(body);
  }

  private static <T> T await(Future<T> future) {
    return future.await();
  }

  @Test
  void aGoodTokenPassesWithItsPrincipal() {
    serve(new AuthHandler(token -> Future.succeededFuture(GOOD)));

    HttpResponse<Buffer> answer = await(put(TOKEN, Buffer.buffer("hello")));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.bodyAsString()).isEqualTo("hello");
    assertThat(answer.getHeader("Principal"))
        .isEqualTo("Optional[Principal[keyId=k1, name=Alice, access=everything]]");
  }

  @Test
  void aRefusedTokenIsUnauthenticatedAndSoIsNone() {
    serve(new AuthHandler(token -> Future.succeededFuture(new Verdict.Refused())));

    HttpResponse<Buffer> refused = await(put(TOKEN, Buffer.buffer("hello")));
    HttpResponse<Buffer> none = await(client.get(port, "127.0.0.1", "/").send());

    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.bodyAsString()).startsWith("UNAUTHENTICATED The token is not valid");
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(none.bodyAsString()).contains("Authorization: Bearer <token>");
  }

  @Test
  void twoAuthorizationHeadersAreRefused() {
    serve(new AuthHandler(token -> Future.succeededFuture(GOOD)));

    HttpResponse<Buffer> answer =
        await(
            client
                .get(port, "127.0.0.1", "/")
                .putHeader("Authorization", List.of("Bearer a", "Bearer b"))
                .send());

    assertThat(answer.statusCode()).isEqualTo(401);
  }

  @Test
  void aBodyThatArrivesWhileTheVerdictIsAwaitedIsKeptWhole() {
    byte[] content = new byte[3_000_000];
    new Random(7).nextBytes(content);
    Held held = new Held();
    serve(new AuthHandler(held.verifier));

    Future<HttpResponse<Buffer>> answer = put(TOKEN, Buffer.buffer(content));
    awaitLatch(held.asked);
    held.gate.complete(GOOD);

    assertThat(await(answer).body().getBytes()).isEqualTo(content);
  }

  @Test
  void nothingOfTheBodyIsReadWhileTheVerdictIsAwaited() {
    Held held = new Held();
    AuthHandler auth = new AuthHandler(held.verifier);
    List<String> read = new CopyOnWriteArrayList<>();
    serve(
        ctx -> {
          ctx.request().handler(chunk -> read.add(chunk.toString()));
          auth.handle(ctx);
        },
        ctx -> ctx.request().end().onSuccess(v -> ctx.response().end()));

    NetSocket socket = await(vertx.createNetClient().connect(port, "127.0.0.1"));
    Promise<Void> answered = Promise.promise();
    socket.handler(bytes -> answered.tryComplete());
    await(socket.write(head(4) + "body"));
    awaitLatch(held.asked);
    assertThat(read).isEmpty();
    held.gate.complete(GOOD);
    await(answered.future());

    assertThat(String.join("", read)).isEqualTo("body");
  }

  private static String head(int contentLength) {
    return "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: "
        + contentLength
        + "\r\nAuthorization: Bearer "
        + TOKEN
        + "\r\n\r\n";
  }

  @Test
  void theConnectionGoesOnAfterARefusalWithABody() {
    Held held = new Held();
    serve(
        new AuthHandler(
            token ->
                token.reveal().equals(TOKEN)
                    ? Future.succeededFuture(GOOD)
                    : held.verifier.verify(token)));
    WebClient oneConnection =
        WebClient.create(vertx, new WebClientOptions(), new PoolOptions().setHttp1MaxSize(1));

    Future<HttpResponse<Buffer>> refused =
        oneConnection
            .request(HttpMethod.PUT, port, "127.0.0.1", "/")
            .bearerTokenAuthentication("other")
            .sendBuffer(Buffer.buffer(new byte[500_000]));
    awaitLatch(held.asked);
    held.gate.complete(new Verdict.Refused());
    assertThat(await(refused).statusCode()).isEqualTo(401);

    assertThat(
            await(
                    oneConnection
                        .request(HttpMethod.PUT, port, "127.0.0.1", "/")
                        .bearerTokenAuthentication(TOKEN)
                        .sendBuffer(Buffer.buffer("next")))
                .bodyAsString())
        .isEqualTo("next");
  }

  @Test
  void aClientThatLeavesEndsTheMatterAndTheCallCompletes() {
    Held held = new Held();
    Promise<Void> left = Promise.promise();
    AtomicInteger passed = new AtomicInteger();
    AuthHandler auth = new AuthHandler(held.verifier);
    serve(
        ctx -> {
          ctx.response().closeHandler(v -> left.tryComplete());
          auth.handle(ctx);
        },
        ctx -> {
          passed.incrementAndGet();
          ctx.response().end();
        });

    NetSocket socket = await(vertx.createNetClient().connect(port, "127.0.0.1"));
    await(socket.write(head(9) + "half"));
    awaitLatch(held.asked);
    await(socket.close());
    await(left.future());
    held.gate.complete(GOOD);

    assertThat(await(put(TOKEN, Buffer.buffer("later"))).statusCode()).isEqualTo(200);
    assertThat(passed).hasValue(1);
    assertThat(held.verifier.verify(Secret.of(TOKEN)).result()).isEqualTo(GOOD);
  }

  @Test
  void manyClientsOfManyVerticlesMakeOneCallToTheAuthService() throws Exception {
    int clients = 60;
    CountDownLatch arrived = new CountDownLatch(clients);
    List<HttpServerRequest> held = new ArrayList<>();
    try (FakeAuthServer service = new FakeAuthServer(vertx)) {
      Promise<Void> asked = Promise.promise();
      service.answering(
          request -> {
            held.add(request);
            asked.tryComplete();
          });
      Authentication authentication =
          Authentication.create(vertx, new HeareAuth(service.url(), "app"), TimeSource.SYSTEM);
      int shared = deployServers(authentication, arrived);
      List<Future<HttpResponse<Buffer>>> answers = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        port = shared;
        answers.add(put(TOKEN, Buffer.buffer("body " + i)));
      }
      awaitLatch(arrived);
      await(asked.future());

      held.get(0).response().end("{\"valid\":true,\"key_id\":\"k\",\"name\":\"n\"}");

      for (int i = 0; i < clients; i++) {
        assertThat(await(answers.get(i)).bodyAsString()).isEqualTo("body " + i);
      }
      assertThat(service.asked).hasSize(1);
      await(authentication.close());
    }
  }

  private int deployServers(Authentication authentication, CountDownLatch arrived) {
    Handler<RoutingContext> auth = authentication.handler();
    Promise<Integer> bound = Promise.promise();
    int free = freePort();
    await(
        vertx.deployVerticle(
            () ->
                new AbstractVerticle() {
                  @Override
                  public void start(Promise<Void> started) {
                    Router router = Router.router(vertx);
                    router
                        .route()
                        .handler(AuthHandlerTest::hold)
                        .handler(
                            ctx -> {
                              auth.handle(ctx);
                              arrived.countDown();
                            })
                        .handler(
                            ctx -> {
                              ctx.request().body().onSuccess(ctx.response()::end);
                              ctx.request().resume();
                            })
                        .failureHandler(AuthHandlerTest::respond);
                    vertx
                        .createHttpServer()
                        .requestHandler(router)
                        .listen(free, "127.0.0.1")
                        .onSuccess(server -> bound.tryComplete(server.actualPort()))
                        .<Void>mapEmpty()
                        .onComplete(started);
                  }
                },
            new DeploymentOptions().setInstances(3)));
    return await(bound.future());
  }

  private static int freePort() {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anOutageIsUnavailableToTheCaller() {
    try (FakeAuthServer service = new FakeAuthServer(vertx)) {
      service.answering(500, "{\"input\":\"" + TOKEN + "\"}");
      serve(
          Authentication.create(vertx, new HeareAuth(service.url(), "app"), TimeSource.SYSTEM)
              .handler());

      HttpResponse<Buffer> answer = await(put(TOKEN, Buffer.buffer("x")));

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.bodyAsString())
          .startsWith("AUTH_UNAVAILABLE Authentication service unavailable")
          .doesNotContain(TOKEN);
    }
  }

  @Test
  void aListOfTokensNeedsNoService() {
    serve(
        Authentication.create(
                vertx,
                new TokenAuth(List.of(Secret.of("x"), Secret.of(TOKEN)), Optional.empty()),
                TimeSource.SYSTEM)
            .handler());

    assertThat(await(put(TOKEN, Buffer.buffer("x"))).getHeader("Principal"))
        .contains("keyId=token-2");
    assertThat(await(put("y", Buffer.buffer("x"))).statusCode()).isEqualTo(401);
  }

  @Test
  void withoutAuthEverybodyPasses() {
    serve(Authentication.create(vertx, new NoAuth(), TimeSource.SYSTEM).handler());

    HttpResponse<Buffer> answer = await(client.get(port, "127.0.0.1", "/").send());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.getHeader("Principal")).contains("keyId=, name=, access=everything");
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
