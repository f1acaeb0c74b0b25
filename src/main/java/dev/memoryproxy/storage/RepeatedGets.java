package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * Asks again for objects that S3 has said are absent, by sending the very request that the SDK
 * signed once more. Whoever watches for an object to appear, as readers of the log's end do, asks
 * the same over and over; to build, sign and interpret each request anew costs several times what
 * it costs to send one.
 *
 * <p>Only the plain answer "there is no such key" counts. Whatever else happens (another answer,
 * none, a broken connection) proves nothing here: the caller asks the SDK, which knows what every
 * failure means, and for a while nothing is repeated. A signature is good for 15 minutes on S3; it
 * is used for {@value #KEPT_SECONDS} s, so that a change of credentials or of the clock shows.
 *
 * <p>Thread-safe.
 */
final class RepeatedGets {
  static final long KEPT_SECONDS = 60;

  private static final Logger LOG = LoggerFactory.getLogger(RepeatedGets.class);
  private static final String NO_SUCH_KEY = "<Code>NoSuchKey</Code>";
  private static final int MAX_KEPT = 256;
  private static final int MAX_AT_ONCE = 16;

  /** An answer that is longer is not the one that counts. */
  private static final int MAX_ANSWER_BYTES = 8 * 1024;

  private static final Duration LIMIT = Duration.ofSeconds(2);
  private static final Duration FIRST_REST = Duration.ofSeconds(1);
  private static final Duration LONGEST_REST = Duration.ofSeconds(60);
  private static final int MAX_DOUBLINGS = 6;

  private final Vertx vertx;
  private final HttpClient client;
  private final TimeSource time;
  private final Map<String, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
  private int underWay;
  private int failures;
  private long restsUntilNanos;
  private boolean closed;

  private record Kept(RequestOptions request, long nanos) {}

  RepeatedGets(Vertx vertx, TimeSource time, Duration connectTimeout) {
    this(vertx, time, client(vertx, connectTimeout));
  }

  RepeatedGets(Vertx vertx, TimeSource time, HttpClient client) {
    this.vertx = vertx;
    this.time = time;
    this.restsUntilNanos = time.monotonicNanos();
    this.client = client;
  }

  private static HttpClient client(Vertx vertx, Duration connectTimeout) {
    HttpClient[] made = new HttpClient[1];
    // A client ends with the verticle that made it, and the one that opens a store may end first.
    ((VertxInternal) vertx)
        .createEventLoopContext()
        .dispatch(
            () ->
                made[0] =
                    vertx
                        .httpClientBuilder()
                        .with(
                            new HttpClientOptions()
                                .setConnectTimeout((int) connectTimeout.toMillis())
                                .setSslHandshakeTimeout(LIMIT.toSeconds())
                                .setTcpKeepAlive(true))
                        .with(new PoolOptions().setHttp1MaxSize(MAX_AT_ONCE))
                        .build());
    return made[0];
  }

  /** Has what S3 just answered with "no such key" at hand for the next who asks. */
  void keep(String key, SdkHttpRequest signed) {
    URI uri = signed.getUri();
    MultiMap headers = HttpHeaders.headers();
    signed.forEachHeader((name, values) -> values.forEach(value -> headers.add(name, value)));
    String query = uri.getRawQuery();
    RequestOptions request =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(signed.host())
            .setPort(signed.port())
            .setSsl(uri.getScheme().equalsIgnoreCase("https"))
            .setURI(uri.getRawPath() + (query == null ? "" : "?" + query))
            .setHeaders(headers)
            .setConnectTimeout(LIMIT.toMillis());
    synchronized (this) {
      kept.put(key, new Kept(request, time.monotonicNanos()));
      Iterator<String> eldestFirst = kept.keySet().iterator();
      while (kept.size() > MAX_KEPT) {
        eldestFirst.next();
        eldestFirst.remove();
      }
    }
  }

  /**
   * Asks whether the object is absent now; true is S3's word, false means that nothing is known.
   * Never fails.
   */
  Future<Boolean> findAbsent(String key) {
    RequestOptions request = take(key);
    if (request == null) {
      return Future.succeededFuture(false);
    }
    ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    Attempt attempt = new Attempt();
    if (context.isRunningOnContext()) {
      attempt.send(request);
    } else {
      // From elsewhere an answer could be over before anybody listens to it.
      context.runOnContext(turn -> attempt.send(request));
    }
    return attempt
        .answer
        .future()
        .transform(
            answer -> {
              done(key, answer.succeeded() ? answer.result() : Answer.OTHER, answer.cause());
              return Future.succeededFuture(answer.result() == Answer.ABSENT);
            });
  }

  /** Ends what is under way. */
  Future<Void> close() {
    synchronized (this) {
      closed = true;
      kept.clear();
    }
    return client.close();
  }

  private synchronized @Nullable RequestOptions take(String key) {
    Kept found = kept.get(key);
    long now = time.monotonicNanos();
    if (found == null || closed) {
      return null;
    }
    if (now - found.nanos() > Duration.ofSeconds(KEPT_SECONDS).toNanos()) {
      kept.remove(key);
      return null;
    }
    if (now - restsUntilNanos < 0 || underWay >= MAX_AT_ONCE) {
      return null;
    }
    underWay++;
    return found.request();
  }

  private synchronized void done(String key, Answer answer, @Nullable Throwable cause) {
    underWay--;
    if (answer == Answer.ABSENT) {
      failures = 0;
      return;
    }
    kept.remove(key);
    if (answer == Answer.PRESENT || closed) {
      return;
    }
    Duration rest = FIRST_REST.multipliedBy(1L << Math.min(failures++, MAX_DOUBLINGS));
    Duration bounded = rest.compareTo(LONGEST_REST) > 0 ? LONGEST_REST : rest;
    restsUntilNanos = time.monotonicNanos() + bounded.toNanos();
    LOG.debug("A repeated request was not answered as before: none for {}", bounded, cause);
  }

  private enum Answer {
    ABSENT,
    PRESENT,
    OTHER
  }

  /** One request and what comes of it, in time. Confined to its caller's context. */
  private final class Attempt {
    private final Promise<Answer> answer = Promise.promise();
    private final Buffer body = Buffer.buffer();
    private @Nullable HttpClientRequest sent;

    void send(RequestOptions request) {
      long timer =
          vertx.setTimer(LIMIT.toMillis(), late -> fail(new TimeoutException("no answer in time")));
      // What is thrown must be told like any other failure, or the place would never be free again.
      Future.succeededFuture(request)
          .compose(client::request)
          .compose(
              open -> {
                sent = open;
                if (answer.future().isComplete()) {
                  // Nobody would end it any more, and its place in the pool would be lost.
                  open.reset();
                  return Future.failedFuture(new TimeoutException("connected too late"));
                }
                return open.send();
              })
          .onComplete(this::read, this::fail);
      answer.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private void read(HttpClientResponse response) {
      int status = response.statusCode();
      response.exceptionHandler(this::fail);
      response.endHandler(end -> answer.tryComplete(judge(status, body.toString())));
      response.handler(
          piece -> {
            if (body.length() + piece.length() <= MAX_ANSWER_BYTES) {
              body.appendBuffer(piece);
            } else if (answer.tryComplete(status == 200 ? Answer.PRESENT : Answer.OTHER)) {
              giveUp();
            }
          });
    }

    private void fail(Throwable cause) {
      if (answer.tryFail(cause)) {
        giveUp();
      }
    }

    /** What is still to come would keep the connection from the next request. */
    private void giveUp() {
      if (sent != null) {
        sent.reset();
      }
    }
  }

  private static Answer judge(int status, String body) {
    if (status == 200) {
      return Answer.PRESENT;
    }
    return status == 404 && body.contains(NO_SUCH_KEY) ? Answer.ABSENT : Answer.OTHER;
  }
}
