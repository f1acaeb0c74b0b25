package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where an error becomes HTTP, and where a fault reaches the log. */
final class ErrorResponder {
  /** The context entry of a {@code METHOD_NOT_ALLOWED} that becomes the {@code Allow} header. */
  static final String ALLOWED = "allowed_methods";

  /** The context entry of a {@code RANGE_NOT_SATISFIABLE}: the size of the file. */
  static final String SIZE = "size";

  private static final Logger LOG = LoggerFactory.getLogger(ErrorResponder.class);
  private static final Duration DEFAULT_RETRY = Duration.ofSeconds(2);

  private final HttpSettings.Limits limits;

  ErrorResponder(HttpSettings.Limits limits) {
    this.limits = limits;
  }

  /** Answers a failed request, or breaks it off when the answer has already begun. */
  void respond(Exchange exchange, Throwable failure) {
    ProxyError error = failure instanceof ProxyError known ? known : ProxyError.internal(failure);
    HttpServerResponse response = exchange.response();
    if (response.closed() || failure instanceof ClientGoneException) {
      // Nobody is left to tell, and a store that fails because its reader went away is no fault.
      LOG.debug("request {} failed after its client had gone", exchange.id(), failure);
      exchange.abort();
      return;
    }
    exchange.refused(error.kind());
    log(exchange, error);
    if (response.headWritten()) {
      exchange.abort();
      return;
    }
    exchange.send(prepare(exchange, error), body(error));
  }

  /**
   * Answers what is not HTTP, or too much of it. Vert.x closes the connection as soon as the answer
   * ends, so its end is held back until the client has had time to read it.
   */
  void respondToInvalid(Vertx vertx, Exchange exchange, DecoderResult result, Duration closeGrace) {
    ProxyError error = undecodable(result.cause());
    exchange.refused(error.kind());
    HttpServerResponse response = exchange.response();
    Buffer body = body(error);
    response
        .setStatusCode(prepare(exchange, error))
        .putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
        .putHeader(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length()));
    response.write(body);
    exchange.finished(true);
    long timer = vertx.setTimer(closeGrace.toMillis(), ignored -> response.end());
    response.closeHandler(ignored -> vertx.cancelTimer(timer));
  }

  /** The error for a status that the framework decided on by itself. */
  static ProxyError ofStatus(int status, Throwable cause) {
    if (status == ProxyError.Kind.NOT_FOUND.status()) {
      return RouteTable.unknown();
    }
    return Arrays.stream(ProxyError.Kind.values())
        .filter(kind -> kind.status() == status && status < 500)
        .findFirst()
        .map(kind -> new ProxyError(kind, "The request was refused: check its Host header."))
        .orElseGet(() -> ProxyError.internal(cause));
  }

  private ProxyError undecodable(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return tooMuch(
          ProxyError.Kind.URI_TOO_LONG,
          "The request line is longer",
          limits.requestLineBytes(),
          "shorten the path or the query");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return tooMuch(
          ProxyError.Kind.HEADERS_TOO_LARGE,
          "The headers together are larger",
          limits.headerBytes(),
          "send fewer or shorter ones");
    }
    return new ProxyError(
        ProxyError.Kind.INVALID_REQUEST,
        "The request is not valid HTTP/1.1: check the request line, the headers and their lengths;"
            + " percent-encode the path.");
  }

  private static ProxyError tooMuch(
      ProxyError.Kind kind, String what, int maxBytes, String remedy) {
    return new ProxyError(
        kind,
        what + " than the limit of " + maxBytes + " bytes: " + remedy + ".",
        Map.of("max_bytes", Integer.toString(maxBytes)));
  }

  private static int prepare(Exchange exchange, ProxyError error) {
    HttpServerResponse response = exchange.response();
    Map<String, String> context = error.context();
    ProxyError.Kind kind = error.kind();
    response.putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json");
    switch (kind) {
      case UNAUTHENTICATED -> response.putHeader(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
      case METHOD_NOT_ALLOWED ->
          response.putHeader(HttpHeaderNames.ALLOW, context.getOrDefault(ALLOWED, ""));
      case RANGE_NOT_SATISFIABLE ->
          response.putHeader(
              HttpHeaderNames.CONTENT_RANGE, "bytes */" + context.getOrDefault(SIZE, "*"));
      default -> {}
    }
    if (kind.status() == 503) {
      long millis = error.retryAfter().orElse(DEFAULT_RETRY).toMillis();
      response.putHeader(
          HttpHeaderNames.RETRY_AFTER, Long.toString(Math.max(1, (millis + 999) / 1000)));
    }
    return kind.status();
  }

  private static Buffer body(ProxyError error) {
    JsonObject context = new JsonObject();
    error.context().forEach(context::put);
    return new JsonObject()
        .put("detail", error.detail())
        .put("error_code", error.kind().name())
        .put("context", context)
        .toBuffer();
  }

  private static void log(Exchange exchange, ProxyError error) {
    if (error.kind() == ProxyError.Kind.INTERNAL) {
      LOG.error("request {} failed unexpectedly", exchange.id(), error.getCause());
    } else if (error.kind().status() >= 500) {
      LOG.warn(
          "request {} answered {}: {}",
          exchange.id(),
          error.kind(),
          error.detail(),
          error.getCause());
    } else if (exchange.response().headWritten()) {
      LOG.warn("request {} broken off: {}", exchange.id(), error.detail());
    }
  }
}
