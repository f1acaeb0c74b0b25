package dev.memoryproxy.http;

import dev.memoryproxy.auth.Access;
import dev.memoryproxy.auth.Principal;
import dev.memoryproxy.blob.ProxyError;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/**
 * One request and its answer. Confined to the request's event loop.
 *
 * <p>It takes the single handler slots of the response (headers end, end), so nobody else may set
 * them. A request with a body arrives paused: only {@link BodyReceiver} reads it, and what nobody
 * read is dealt with when the answer is out, see {@link UnreadBody}.
 */
final class Exchange {
  private final HttpServerRequest request;
  private final Connections connections;
  private final ConnectionGuard guard;
  private final String id;
  private final RequestHeaders headers;
  private final UnreadBody unread;
  private final long startedNanos = System.nanoTime();
  private Access access = Access.NOTHING;
  private String key = "";
  private String refusal = "";
  private final boolean multiplexed;
  private boolean awaitsContinue;
  private boolean finished;

  private Exchange(
      Vertx vertx, HttpServerRequest request, Connections connections, Duration closeGrace) {
    this.request = request;
    this.connections = connections;
    this.multiplexed = request.version() == HttpVersion.HTTP_2;
    this.guard = connections.guard(request.connection());
    this.id = RequestIds.of(request.headers());
    this.headers = new RequestHeaders(request.headers());
    this.unread = new UnreadBody(vertx, request, closeGrace);
    this.awaitsContinue =
        request.version() != HttpVersion.HTTP_1_0
            && request.headers().contains(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, true);
  }

  /**
   * Takes charge of a request that has just arrived.
   *
   * @param closeGrace see {@link HttpSettings.Timeouts}
   */
  static Exchange begin(
      Vertx vertx, HttpServerRequest request, Connections connections, Duration closeGrace) {
    Exchange exchange = new Exchange(vertx, request, connections, closeGrace);
    exchange.guard.busy();
    exchange.unread.hold();
    exchange
        .response()
        .putHeader(RequestIds.HEADER, exchange.id)
        .putHeader(HttpHeaderNames.DATE, HttpDate.format(System.currentTimeMillis()))
        .headersEndHandler(ignored -> exchange.beforeHead())
        .endHandler(ignored -> exchange.finished(exchange.response().ended()));
    connections.answers().begin(exchange);
    return exchange;
  }

  HttpServerRequest request() {
    return request;
  }

  HttpServerResponse response() {
    return request.response();
  }

  RequestHeaders headers() {
    return headers;
  }

  /** Says who calls and what the caller may do, once that is known. */
  void identified(Principal principal) {
    access = principal.access();
    key = principal.name().isEmpty() ? principal.keyId() : principal.name();
  }

  /** Who calls, by the name or id of the token; empty when that is not known. */
  String key() {
    return key;
  }

  /** Says why the request is not served. */
  void refused(ProxyError.Kind kind) {
    refusal = kind.name();
  }

  /** The code of the error that is answered; empty when none is. */
  String refusal() {
    return refusal;
  }

  /**
   * What the caller may do; nothing before authentication. {@link Door} asks it for requests about
   * one namespace. Who lists namespaces asks {@link Access#requireReadable} and then {@link
   * Access#mayRead} for each.
   */
  Access access() {
    return access;
  }

  /** The request's id, safe to log. */
  String id() {
    return id;
  }

  boolean isHead() {
    return request.method().equals(HttpMethod.HEAD);
  }

  /** The path as it came, undecoded and without query; also from an absolute-form target. */
  String rawPath() {
    return rawPath(request);
  }

  static String rawPath(HttpServerRequest request) {
    String path = request.path();
    return path == null ? "" : path;
  }

  long elapsedMillis() {
    return (System.nanoTime() - startedNanos) / 1_000_000;
  }

  /**
   * Checks how the body comes.
   *
   * @throws ProxyError {@code EXPECTATION_FAILED} when anything but 100-continue is expected,
   *     {@code INVALID_HEADER} when the body is transferred in any way but chunked or by length
   */
  void checkTransfer() {
    String expectation = headers.joined(HttpHeaderNames.EXPECT).orElse("100-continue");
    if (!expectation.equalsIgnoreCase("100-continue")) {
      throw new ProxyError(
          ProxyError.Kind.EXPECTATION_FAILED,
          "The only expectation that can be met is 100-continue: drop the Expect header.");
    }
    String coding = headers.joined(HttpHeaderNames.TRANSFER_ENCODING).orElse("chunked");
    if (!coding.equalsIgnoreCase("chunked")) {
      throw RequestHeaders.invalid(
          HttpHeaderNames.TRANSFER_ENCODING,
          "The only transfer coding that is understood is chunked: send the body so, or with a"
              + " Content-Length.");
    }
  }

  /** Whether the client sends the body only once it is told to. */
  boolean awaitsContinue() {
    return awaitsContinue;
  }

  /** Invites the body where the client waits for that: everything before it was fine. */
  void sendContinue() {
    if (awaitsContinue) {
      awaitsContinue = false;
      response().writeContinue();
    }
  }

  /** Sends an answer that has a body; a HEAD gets its headers only. */
  Future<Void> send(int status, Buffer body) {
    response()
        .setStatusCode(status)
        .putHeader(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length()));
    return isHead() ? end() : handedOver(response().end(body));
  }

  /** Sends an answer of headers only, as they are set. */
  Future<Void> end() {
    return handedOver(response().end());
  }

  /** The only thing that stops an answer from being handed over is a client that left. */
  private static Future<Void> handedOver(Future<Void> sent) {
    return sent.recover(cause -> Future.failedFuture(new ClientGoneException()));
  }

  /** Whether the answer was handed over or the client is gone. */
  boolean isFinished() {
    return finished;
  }

  /**
   * Breaks the answer off, so that half of one can't be taken for a whole one: with the connection,
   * or with its own stream where the connection has others.
   */
  void abort() {
    if (multiplexed) {
      response().reset(Http2Error.INTERNAL_ERROR.code());
    } else {
      request.connection().close();
    }
  }

  private void beforeHead() {
    if (multiplexed) {
      return;
    }
    if (unread.tooMuchToDrain(awaitsContinue) || guard.isClosing()) {
      guard.closing();
      response().putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  /**
   * Called when the answer is handed over, or when the client is gone; the first call counts.
   *
   * @param complete whether the client gets the whole answer, as far as this side can tell
   */
  void finished(boolean complete) {
    if (finished) {
      return;
    }
    finished = true;
    connections.answers().end(this);
    AccessLog.write(this, complete, !complete && connections.cutsOff());
    guard.idle();
    if (response().ended()) {
      if (multiplexed) {
        unread.settleStream();
      } else {
        unread.settle(guard.isClosing());
      }
    }
  }
}
