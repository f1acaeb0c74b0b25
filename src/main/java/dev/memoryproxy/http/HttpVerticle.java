package dev.memoryproxy.http;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.PUT;
import static java.util.Objects.requireNonNull;

import dev.memoryproxy.auth.AuthHandler;
import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.http.Target.Resource;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.storage.StorageService;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves HTTP. Deploy as many instances as there are event loops: they share the port.
 *
 * <p>A request takes this way: request id and access line, authentication, namespace and what the
 * caller may do there, path, headers and lengths, precondition, body. Whatever refuses it fails its
 * context, and {@link ErrorResponder} answers.
 */
public final class HttpVerticle extends VerticleBase {
  private static final String EXCHANGE = Exchange.class.getName();

  /** So many bodies of one HTTP/2 connection may stand still before its others do: 16. */
  private static final int HTTP2_WINDOW_BYTES = 1 << 20;

  private final HttpSettings settings;
  private final StorageService storage;
  private final IndexService index;
  private final Handler<RoutingContext> authentication;
  private final StorageHealth health;
  private final Spool spool;
  private final NamespaceAliases aliases;
  private final ErrorResponder errors;
  private @Nullable Connections connections;
  private @Nullable RouteTable routes;
  private @Nullable HttpServer server;

  /**
   * One instance.
   *
   * @param authentication lets a request pass with {@link AuthHandler#pass} or fails its context
   *     with a {@link ProxyError}, now or later. It finds a request with a body paused and leaves
   *     it so, and sets no handler on the response
   * @param health one for all instances
   * @param spool one for all instances
   * @param aliases other names of namespaces
   */
  public HttpVerticle(
      HttpSettings settings,
      StorageService storage,
      IndexService index,
      Handler<RoutingContext> authentication,
      StorageHealth health,
      Spool spool,
      NamespaceAliases aliases) {
    this.settings = settings;
    this.storage = storage;
    this.index = index;
    this.authentication = authentication;
    this.health = health;
    this.spool = spool;
    this.aliases = aliases;
    this.errors = new ErrorResponder(settings.limits());
  }

  @Override
  public Future<?> start() {
    Connections open = new Connections(vertx, settings);
    connections = open;
    routes = routes();
    Router router = Router.router(vertx);
    router.route().handler(this::authenticate).failureHandler(this::fail);
    router.route().handler(this::dispatch).failureHandler(this::fail);
    HttpServer fresh =
        vertx
            .createHttpServer(options())
            .connectionHandler(open::opened)
            .requestHandler(request -> admit(request, router))
            .invalidRequestHandler(this::refuse);
    server = fresh;
    return spool.open(vertx).compose(ready -> fresh.listen());
  }

  @Override
  public Future<?> stop() {
    Duration grace = settings.timeouts().shutdownGrace();
    requireNonNull(connections).stopping(grace);
    return requireNonNull(server)
        .shutdown(grace.toMillis(), TimeUnit.MILLISECONDS)
        .eventually(() -> spool.close(vertx));
  }

  /** The port that is listened on; known once the verticle is deployed. */
  public int actualPort() {
    return requireNonNull(server, "not deployed").actualPort();
  }

  private RouteTable routes() {
    HealthHandler healthDocument = new HealthHandler(health);
    ReadHandler reader = new ReadHandler(storage);
    WriteHandler writer = new WriteHandler(vertx, storage, spool, settings);
    SyncHandler sync = new SyncHandler(index);
    NamespacesHandler namespaces = new NamespacesHandler(index);
    return new RouteTable(new Door(aliases))
        .on(Resource.HEALTH, GET, healthDocument::get)
        .on(Resource.HEALTH, HEAD, healthDocument::get)
        .on(Resource.BLOB, GET, reader::get)
        .on(Resource.BLOB, HEAD, reader::head)
        .on(Resource.BLOB, PUT, writer::put)
        .on(Resource.BLOB, DELETE, writer::delete)
        .on(Resource.INDEX, GET, sync::get)
        .on(Resource.INDEX, HEAD, sync::get)
        .on(Resource.NAMESPACES, GET, namespaces::get)
        .on(Resource.NAMESPACES, HEAD, namespaces::get);
  }

  private HttpServerOptions options() {
    return new HttpServerOptions()
        .setHost(settings.host())
        // A negative port is a free one that the instances of a Vert.x share; each would bind its
        // own for 0.
        .setPort(settings.port() == 0 ? -1 : settings.port())
        .setIdleTimeout((int) settings.timeouts().silence().toMillis())
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setMaxInitialLineLength(settings.limits().requestLineBytes())
        .setMaxHeaderSize(settings.limits().headerBytes())
        // A paused request holds up to sixteen of them.
        .setMaxChunkSize(4 * 1024)
        .setHandle100ContinueAutomatically(false)
        .setHttp2ClearTextEnabled(true)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(settings.limits().streams())
                .setMaxHeaderListSize(
                    settings.limits().requestLineBytes() + settings.limits().headerBytes()))
        .setHttp2ConnectionWindowSize(HTTP2_WINDOW_BYTES)
        .setAcceptBacklog(1024);
  }

  private void admit(HttpServerRequest request, Router router) {
    if (request.version() != HttpVersion.HTTP_2
        && requireNonNull(connections).guard(request.connection()).isClosing()) {
      // Its client was told that this connection serves no more requests.
      request.connection().close();
    } else {
      router.handle(request);
    }
  }

  private void refuse(HttpServerRequest request) {
    errors.respondToInvalid(
        vertx, begin(request), request.decoderResult(), settings.timeouts().closeGrace());
  }

  private void authenticate(RoutingContext context) {
    Exchange exchange = exchange(context);
    if (Target.isHealth(exchange.rawPath())) {
      context.next();
    } else {
      authentication.handle(context);
    }
  }

  private void dispatch(RoutingContext context) {
    Exchange exchange = exchange(context);
    AuthHandler.principal(context).ifPresent(exchange::identified);
    requireNonNull(routes).serve(exchange).onFailure(context::fail);
  }

  private void fail(RoutingContext context) {
    Throwable failure = context.failure();
    boolean byRouter = failure == null || context.statusCode() < 500;
    errors.respond(
        exchange(context),
        byRouter && !(failure instanceof ProxyError)
            ? ErrorResponder.ofStatus(context.statusCode(), failure)
            : failure);
  }

  /** The exchange of a context; begun here when the router refused the request by itself. */
  private Exchange exchange(RoutingContext context) {
    Exchange known = context.get(EXCHANGE);
    if (known != null) {
      return known;
    }
    Exchange fresh = begin(context.request());
    context.put(EXCHANGE, fresh);
    return fresh;
  }

  private Exchange begin(HttpServerRequest request) {
    return Exchange.begin(
        vertx, request, requireNonNull(connections), settings.timeouts().closeGrace());
  }
}
