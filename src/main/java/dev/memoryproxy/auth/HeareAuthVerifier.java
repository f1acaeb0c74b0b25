package dev.memoryproxy.auth;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.HeareAuth;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a heare-auth service: {@code POST {url}/verify}. A 200 with {@code "valid": true} is a good
 * token; {@code "valid": false}, 401, 403 and 422 are a bad one; anything else is an outage.
 */
final class HeareAuthVerifier implements TokenVerifier {
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
  private static final int MAX_ANSWER_BYTES = 64 * 1024;
  private static final int MAX_NAME = 200;
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_WAITING = 1_000;

  /** Below the 5 seconds of uvicorn, which heare-auth runs on: we should be the first to close. */
  private static final int KEEP_ALIVE_SECONDS = 4;

  private static final int MAX_CONNECT_MILLIS = 5_000;

  private final WebClient client;
  private final String url;
  private final String appId;
  private final long timeoutMillis;
  private final OutageLog outages;
  private final KeyMetadata metadata = new KeyMetadata();

  /**
   * Opens no connection yet.
   *
   * @param timeout for one verdict in all
   */
  HeareAuthVerifier(Vertx vertx, HeareAuth config, Duration timeout, TimeSource clock) {
    this.timeoutMillis = timeout.toMillis();
    this.url = config.url() + "/verify";
    this.appId = config.appId();
    this.outages = new OutageLog(url, clock);
    WebClientOptions options = new WebClientOptions();
    options
        .setUserAgent("memory-proxy")
        .setFollowRedirects(false)
        .setConnectTimeout((int) Math.min(timeoutMillis, MAX_CONNECT_MILLIS))
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setIdleTimeout((int) timeoutMillis)
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    this.client =
        WebClient.create(
            vertx,
            options,
            new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING));
  }

  @Override
  public Future<Verdict> verify(Secret token) {
    return ask(token)
        // The service may close an idle connection just when we use it; asking twice does no harm.
        .recover(e -> e instanceof HttpClosedException ? ask(token) : Future.failedFuture(e))
        .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .map(this::judge)
        .onSuccess(verdict -> outages.worked())
        .recover(this::unavailable);
  }

  private Future<HttpResponse<Buffer>> ask(Secret token) {
    BoundedBody body = new BoundedBody(MAX_ANSWER_BYTES);
    Promise<HttpResponse<Buffer>> answer = Promise.promise();
    client
        .postAbs(url)
        .as(body)
        .timeout(timeoutMillis)
        .sendJsonObject(new JsonObject().put("api_key", token.reveal()).put("app_id", appId))
        .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
        .onFailure(e -> body.abandon())
        .onComplete(result -> pass(result, answer));
    // Comes sooner than the client's own failure, which waits for the end of the response.
    body.result().onFailure(answer::tryFail);
    return answer.future();
  }

  private static <T> void pass(AsyncResult<T> result, Promise<T> to) {
    if (result.succeeded()) {
      to.tryComplete(result.result());
    } else {
      to.tryFail(result.cause());
    }
  }

  private Verdict judge(HttpResponse<Buffer> answer) {
    return switch (answer.statusCode()) {
      case 200 -> read(answer.body());
      case 401, 403, 422 -> new Verdict.Refused();
      default -> throw new Nonsense("it answered " + answer.statusCode());
    };
  }

  private Verdict read(Buffer body) {
    JsonObject json;
    try {
      json = new JsonObject(body);
    } catch (DecodeException | ClassCastException e) {
      // The exception's own message quotes the answer, which may quote the token.
      throw new Nonsense("it answered 200 without a JSON object");
    }
    if (json.getValue("valid") instanceof Boolean valid) {
      return valid ? new Verdict.Accepted(principal(json)) : new Verdict.Refused();
    }
    throw new Nonsense("it answered 200 without saying whether the key is valid");
  }

  private Principal principal(JsonObject json) {
    String keyId = text(json, "key_id");
    return new Principal(
        keyId, text(json, "name"), metadata.access(keyId, json.getValue("metadata")));
  }

  private static String text(JsonObject json, String field) {
    Object value = json.getValue(field);
    String text = value instanceof String || value instanceof Number ? value.toString() : "";
    return text.substring(0, Math.min(text.length(), MAX_NAME));
  }

  private Future<Verdict> unavailable(Throwable cause) {
    outages.failed(reason(cause));
    return Future.failedFuture(
        ProxyError.unavailable(
            ProxyError.Kind.AUTH_UNAVAILABLE,
            "Authentication service unavailable: the token cannot be checked now, try again.",
            RETRY_AFTER,
            null));
  }

  private String reason(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return "no answer within " + timeoutMillis + " ms";
    }
    return cause instanceof Nonsense
        ? String.valueOf(cause.getMessage())
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  @Override
  public Future<Void> close() {
    client.close();
    return Future.succeededFuture();
  }

  /** An answer that isn't one; the message holds nothing of it. */
  private static final class Nonsense extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Nonsense(String message) {
      super(message, null, false, false);
    }
  }
}
