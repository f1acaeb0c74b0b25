package dev.memoryproxy.auth;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A heare-auth that answers as it is told, on a free port of the loopback interface. */
public final class FakeAuthServer implements AutoCloseable {
  /** What it was asked, in order. */
  record Asked(String method, String path, JsonObject body) {}

  final List<Asked> asked = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();

  private final HttpServer server;
  private volatile Handler<HttpServerRequest> answer = request -> request.response().end();

  /** Listens at once. */
  public FakeAuthServer(Vertx vertx) {
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0))
            .connectionHandler(
                connection -> {
                  connections.incrementAndGet();
                  open.add(connection);
                  connection.closeHandler(v -> open.remove(connection));
                })
            .requestHandler(
                request ->
                    request
                        .body()
                        .onSuccess(
                            body -> {
                              asked.add(
                                  new Asked(
                                      request.method().name(),
                                      request.path(),
                                      body.toJsonObject()));
                              answer.handle(request);
                            }));
    server.listen().await();
  }

  FakeAuthServer answering(Handler<HttpServerRequest> answer) {
    this.answer = answer;
    return this;
  }

  /** Answers every request so from now on. */
  public FakeAuthServer answering(int status, String body) {
    return answering(request -> request.response().setStatusCode(status).end(body));
  }

  /** How often it was asked. */
  public int requests() {
    return asked.size();
  }

  /** Where it listens. */
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  @Override
  public void close() {
    server.close().await();
  }
}
