package dev.memoryproxy.s3server;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An S3 server for tests that is strict where it matters here: conditional writes are atomic, the
 * status codes are S3's, every request is counted, and faults strike on command. It lives on
 * loopback, in memory, on event loops of its own. It does not verify signatures, only the key id.
 *
 * <p>Thread-safe. As a process of its own ({@link #main}) it is steered through {@link
 * AdminRoutes}.
 */
public final class StrictS3Server implements S3TestServer {
  private static final String CREDENTIAL = "Credential=";
  // Room for a key of 1,024 bytes, each percent-encoded, and for 2 KB of metadata.
  private static final int MAX_LINE = 16 << 10;

  private final Options options;
  private final Vertx vertx;
  private final S3Modes modes = new S3Modes();
  private final S3Semantics semantics = new S3Semantics(modes);
  private final RequestPipeline pipeline = new RequestPipeline(semantics);
  private final RequestCounts counts = new RequestCounts();
  private final ReplyWriter writer = new ReplyWriter(counts);
  private final AdminRoutes admin = new AdminRoutes(this);
  private final AtomicLong requestIds = new AtomicLong();
  private final List<HttpServer> listening = new ArrayList<>();
  private volatile Consumer<S3Call> listener = call -> {};
  private volatile int port;

  /**
   * How a server starts.
   *
   * @param port 0 for any free one
   * @param eventLoops threads that serve
   * @param accessKey the only key id that is let in
   * @param bucket exists from the start
   */
  public record Options(int port, int eventLoops, String accessKey, String bucket) {
    /** Any port, one event loop, key id {@code test-key}, bucket {@code memory}. */
    public static final Options DEFAULT = new Options(0, 1, "test-key", "memory");
  }

  private StrictS3Server(Options options) {
    this.options = options;
    this.port = options.port();
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(options.eventLoops())
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1));
    semantics.createBucket(options.bucket());
  }

  /** Starts a server with the default options. */
  public static StrictS3Server start() {
    return start(Options.DEFAULT);
  }

  /** Starts a server. */
  public static StrictS3Server start(Options options) {
    StrictS3Server server = new StrictS3Server(options);
    server.listen();
    return server;
  }

  @Override
  public Access access() {
    return access(URI.create("http://127.0.0.1:" + port), options);
  }

  static Access access(URI endpoint, Options options) {
    return new Access(endpoint, options.bucket(), options.accessKey(), "unchecked", true, true);
  }

  /** The port, the same after a restart. */
  public int port() {
    return port;
  }

  /** How it deviates from S3. */
  public S3Modes modes() {
    return modes;
  }

  /** What it was asked. */
  public RequestCounts counts() {
    return counts;
  }

  /** Number of objects in its bucket. */
  public int objects() {
    return semantics.bucket(options.bucket()).map(S3Objects::size).orElse(0);
  }

  /** Makes something go wrong; returns the fault, to watch, to release or to remove it. */
  public Fault inject(Fault fault) {
    pipeline.inject(fault);
    return fault;
  }

  /** Ends one fault and frees what it holds. */
  public void remove(Fault fault) {
    pipeline.remove(fault);
  }

  /** Ends every fault and frees what they hold; latency and modes stay. */
  public void clearFaults() {
    pipeline.clear();
  }

  /** Sets how long requests of these operations take, of all operations when none is named. */
  public void latency(long millis, S3Operation... operations) {
    for (S3Operation operation : operations.length == 0 ? S3Operation.values() : operations) {
      pipeline.latency(operation, millis);
    }
  }

  /** Watches requests as they arrive, on the server's event loops; replaces the last watcher. */
  public void onCall(Consumer<S3Call> watcher) {
    listener = watcher;
  }

  /** Puts an object into its bucket without a request, whatever is there. */
  public void preload(String key, Buffer content, String type, Map<String, String> metadata) {
    S3Objects.Stored object =
        new S3Objects.Stored(
            content, Md5.of(content.getBytes()), modes.now() / 1_000 * 1_000, type, metadata);
    semantics.bucket(options.bucket()).orElseThrow().change(key, object, present -> true);
  }

  /** Adds a bucket. */
  public void createBucket(String name) {
    semantics.createBucket(name);
  }

  /** Removes a bucket with all that is in it. */
  public void deleteBucket(String name) {
    semantics.deleteBucket(name);
  }

  /** Refuses connections and drops those there are, keeping the data, until {@link #listen()}. */
  public synchronized void stop() {
    Future.all(stopAsync()).await();
  }

  private synchronized List<Future<Void>> stopAsync() {
    List<Future<Void>> closing = new ArrayList<>();
    listening.forEach(server -> closing.add(server.close()));
    listening.clear();
    return closing;
  }

  /** Accepts connections, on the same port as before. */
  public synchronized void listen() {
    for (int i = 0; i < options.eventLoops(); i++) {
      HttpServer server = vertx.createHttpServer(httpOptions()).requestHandler(this::handle);
      server.listen(port, "127.0.0.1").await();
      port = server.actualPort();
      listening.add(server);
    }
  }

  /** Stops for some time; returns at once. */
  void stopFor(long millis) {
    Thread restarter =
        new Thread(
            () -> {
              stop();
              try {
                Thread.sleep(millis);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              listen();
            },
            "s3-restart");
    restarter.setDaemon(true);
    restarter.start();
  }

  @Override
  public void close() {
    pipeline.clear();
    vertx.close().await();
  }

  private static HttpServerOptions httpOptions() {
    return new HttpServerOptions()
        .setHandle100ContinueAutomatically(true)
        .setMaxInitialLineLength(MAX_LINE)
        .setMaxHeaderSize(MAX_LINE)
        .setTcpNoDelay(true)
        .setAcceptBacklog(4_096);
  }

  private void handle(HttpServerRequest request) {
    boolean hasBody =
        request.method().equals(HttpMethod.PUT) || request.method().equals(HttpMethod.POST);
    if (hasBody) {
      // A client that gives up while sending has nobody to answer.
      ReplyWriter.drop(request.body().onSuccess(body -> dispatch(request, body)));
    } else {
      dispatch(request, Buffer.buffer(0));
    }
  }

  private void dispatch(HttpServerRequest request, Buffer body) {
    if (request.path() != null && request.path().startsWith(AdminRoutes.ROOT)) {
      admin.handle(request, body);
      return;
    }
    Context context = vertx.getOrCreateContext();
    S3Call call;
    try {
      call = S3Call.of(request, body);
    } catch (ProxyError malformed) {
      reply(request, S3Operation.OTHER, S3Reply.error(400, "InvalidURI", malformed.detail()));
      return;
    }
    counts.arrived(call);
    listener.accept(call);
    S3Reply denied = denied(call);
    if (denied != null) {
      reply(request, call.operation(), denied);
      return;
    }
    pipeline
        .run(call, context)
        .onComplete(
            done -> {
              if (done.failed()) {
                reply(request, call.operation(), S3Reply.error(500));
              } else if (done.result().dropped()) {
                ReplyWriter.drop(request.connection().close());
              } else {
                send(request, call.operation(), done.result());
              }
            });
  }

  private @Nullable S3Reply denied(S3Call call) {
    String authorization = call.headers().get("Authorization");
    int at = authorization == null ? -1 : authorization.indexOf(CREDENTIAL);
    if (authorization == null || at < 0) {
      return S3Reply.error(403, "AccessDenied", "Access Denied");
    }
    int from = at + CREDENTIAL.length();
    int slash = authorization.indexOf('/', from);
    String id = slash < 0 ? "" : authorization.substring(from, slash);
    return id.equals(options.accessKey())
        ? null
        : S3Reply.error(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist");
  }

  private void reply(HttpServerRequest request, S3Operation operation, S3Reply reply) {
    send(request, operation, new RequestPipeline.Outcome(reply, List.of()));
  }

  private void send(
      HttpServerRequest request, S3Operation operation, RequestPipeline.Outcome outcome) {
    writer.send(
        request,
        operation,
        outcome,
        S3Semantics.httpDate(modes.now()),
        Long.toString(requestIds.incrementAndGet()));
  }

  /**
   * Runs a server as a process of its own: prints its port on standard output, and ends when its
   * standard input does, so that it never outlives whoever started it.
   *
   * @param arguments {@code --port}, {@code --event-loops}, {@code --access-key} and {@code
   *     --bucket}, each followed by its value
   */
  public static void main(String[] arguments) throws java.io.IOException {
    Options options = Options.DEFAULT;
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      String value = arguments[i + 1];
      options =
          switch (arguments[i]) {
            case "--port" ->
                new Options(
                    Integer.parseInt(value),
                    options.eventLoops(),
                    options.accessKey(),
                    options.bucket());
            case "--event-loops" ->
                new Options(
                    options.port(), Integer.parseInt(value), options.accessKey(), options.bucket());
            case "--access-key" ->
                new Options(options.port(), options.eventLoops(), value, options.bucket());
            case "--bucket" ->
                new Options(options.port(), options.eventLoops(), options.accessKey(), value);
            default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
          };
    }
    StrictS3Server server = start(options);
    System.out.println(server.port());
    while (System.in.read() >= 0) {
      // Input means nothing; its end does.
    }
    server.close();
  }
}
