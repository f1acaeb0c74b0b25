package dev.memoryproxy.auth;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.Secret;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers verdicts, by the digest of the token: good ones for 60 seconds, refusals for 5, that
 * there was no telling not at all. Refusals have a map of their own, so that somebody who tries
 * random tokens pushes out nobody's good one. Concurrent requests for one token, from any verticle,
 * share one call, which goes on when the first of them leaves.
 */
final class CachingVerifier implements TokenVerifier {
  static final Duration ACCEPTED_FOR = Duration.ofSeconds(60);
  static final Duration REFUSED_FOR = Duration.ofSeconds(5);
  static final int CAPACITY = 10_000;

  private final TokenVerifier verifier;
  private final TimeSource clock;
  private final ExpiringMap<TokenDigest, Verdict> accepted =
      new ExpiringMap<>(CAPACITY, ACCEPTED_FOR);
  private final ExpiringMap<TokenDigest, Verdict> refused =
      new ExpiringMap<>(CAPACITY, REFUSED_FOR);
  private final ConcurrentMap<TokenDigest, Future<Verdict>> flights = new ConcurrentHashMap<>();

  CachingVerifier(TokenVerifier verifier, TimeSource clock) {
    this.verifier = verifier;
    this.clock = clock;
  }

  @Override
  public Future<Verdict> verify(Secret token) {
    TokenDigest digest = TokenDigest.of(token);
    Verdict known = remembered(digest);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    Promise<Verdict> flight = Promise.promise();
    Future<Verdict> sooner = flights.putIfAbsent(digest, flight.future());
    if (sooner != null) {
      return onCallersContext(sooner);
    }
    // Another flight may have landed after the first look and before this take-off.
    known = remembered(digest);
    if (known != null) {
      land(digest, flight, Future.succeededFuture(known));
    } else {
      ask(token).onComplete(result -> land(digest, flight, remember(digest, result)));
    }
    return onCallersContext(flight.future());
  }

  private Future<Verdict> ask(Secret token) {
    try {
      return verifier.verify(token);
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private @Nullable Verdict remembered(TokenDigest digest) {
    long now = clock.monotonicNanos();
    Verdict good = accepted.get(digest, now);
    return good != null ? good : refused.get(digest, now);
  }

  private AsyncResult<Verdict> remember(TokenDigest digest, AsyncResult<Verdict> result) {
    if (result.succeeded()) {
      Verdict verdict = result.result();
      (verdict instanceof Verdict.Accepted ? accepted : refused)
          .put(digest, verdict, clock.monotonicNanos());
    }
    return result;
  }

  private void land(TokenDigest digest, Promise<Verdict> flight, AsyncResult<Verdict> result) {
    flights.remove(digest);
    pass(result, flight);
  }

  private static Future<Verdict> onCallersContext(Future<Verdict> verdict) {
    Context context = Vertx.currentContext();
    if (context == null || verdict.isComplete()) {
      return verdict;
    }
    Promise<Verdict> here = Promise.promise();
    verdict.onComplete(result -> context.runOnContext(v -> pass(result, here)));
    return here.future();
  }

  private static void pass(AsyncResult<Verdict> result, Promise<Verdict> to) {
    if (result.succeeded()) {
      to.complete(result.result());
    } else {
      to.fail(result.cause());
    }
  }

  /** How many verdicts are kept, expired ones that nobody asked for again included. */
  int size() {
    return accepted.size() + refused.size();
  }

  @Override
  public Future<Void> close() {
    return verifier.close();
  }
}
