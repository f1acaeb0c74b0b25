package dev.memoryproxy.auth;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ManualClock;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.config.Secret;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CachingVerifierTest {
  private static final Verdict GOOD =
      new Verdict.Accepted(new Principal("k1", "Alice", Access.EVERYTHING));
  private static final Verdict BAD = new Verdict.Refused();
  private static final Secret TOKEN = Secret.of("alice");

  private final ManualClock clock = new ManualClock();

  /** Answers at once, by the token's text. */
  private static final class Scripted implements TokenVerifier {
    final Map<String, Future<Verdict>> answers = new ConcurrentHashMap<>();
    final AtomicInteger calls = new AtomicInteger();

    Scripted(String token, Future<Verdict> answer) {
      answers.put(token, answer);
    }

    @Override
    public Future<Verdict> verify(Secret token) {
      calls.incrementAndGet();
      return requireNonNull(
          answers.getOrDefault(token.reveal(), Future.succeededFuture(BAD)), "an answer");
    }
  }

  private static Future<Verdict> down() {
    return Future.failedFuture(
        ProxyError.unavailable(
            ProxyError.Kind.AUTH_UNAVAILABLE, "down", Duration.ofSeconds(5), null));
  }

  @Test
  void anAcceptedTokenIsAskedForAgainAfter60Seconds() {
    Scripted service = new Scripted("alice", Future.succeededFuture(GOOD));
    CachingVerifier verifier = new CachingVerifier(service, clock);

    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    clock.advance(Duration.ofSeconds(60).minusNanos(1));
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    assertThat(service.calls).hasValue(1);

    service.answers.put("alice", Future.succeededFuture(BAD));
    clock.advance(Duration.ofNanos(1));
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(BAD);
    assertThat(service.calls).hasValue(2);
  }

  @Test
  void aRefusedTokenIsAskedForAgainAfter5Seconds() {
    Scripted service = new Scripted("alice", Future.succeededFuture(BAD));
    CachingVerifier verifier = new CachingVerifier(service, clock);

    assertThat(verifier.verify(TOKEN).result()).isEqualTo(BAD);
    clock.advance(Duration.ofSeconds(5).minusNanos(1));
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(BAD);
    assertThat(service.calls).hasValue(1);

    service.answers.put("alice", Future.succeededFuture(GOOD));
    clock.advance(Duration.ofNanos(1));
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    assertThat(service.calls).hasValue(2);
  }

  @Test
  void anOutageIsNeverRemembered() {
    Scripted service = new Scripted("alice", down());
    CachingVerifier verifier = new CachingVerifier(service, clock);

    assertThat(verifier.verify(TOKEN).cause()).isInstanceOf(ProxyError.class);
    service.answers.put("alice", Future.succeededFuture(GOOD));

    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    assertThat(service.calls).hasValue(2);
    assertThat(verifier.size()).isEqualTo(1);
  }

  @Test
  void aRememberedVerdictOutlivesAnOutageButNotItsTime() {
    Scripted service = new Scripted("alice", Future.succeededFuture(GOOD));
    CachingVerifier verifier = new CachingVerifier(service, clock);
    verifier.verify(TOKEN);
    service.answers.put("alice", down());

    clock.advance(Duration.ofSeconds(59));
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    clock.advance(Duration.ofSeconds(1));
    assertThat(verifier.verify(TOKEN).failed()).isTrue();
  }

  @Test
  void aVerifierThatThrowsFailsTheCallAndBlocksNoLaterOne() {
    AtomicInteger calls = new AtomicInteger();
    TokenVerifier throwing =
        token -> {
          if (calls.incrementAndGet() == 1) {
            throw new IllegalStateException("broken");
          }
          return Future.succeededFuture(GOOD);
        };
    CachingVerifier verifier = new CachingVerifier(throwing, clock);

    assertThat(verifier.verify(TOKEN).failed()).isTrue();
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
  }

  @Test
  void randomTokensNeitherPileUpNorPushOutAGoodOne() {
    Scripted service = new Scripted("alice", Future.succeededFuture(GOOD));
    CachingVerifier verifier = new CachingVerifier(service, clock);
    verifier.verify(TOKEN);

    for (int i = 0; i < 100_000; i++) {
      assertThat(verifier.verify(Secret.of("random-" + i)).result()).isEqualTo(BAD);
    }

    assertThat(verifier.size()).isEqualTo(CachingVerifier.CAPACITY + 1);
    assertThat(service.calls).hasValue(100_001);
    assertThat(verifier.verify(TOKEN).result()).isEqualTo(GOOD);
    assertThat(service.calls).hasValue(100_001);
  }

  @Test
  void goodTokensAreBoundedTooAndTheOldestGoesFirst() {
    AtomicInteger calls = new AtomicInteger();
    CachingVerifier verifier =
        new CachingVerifier(
            token -> {
              calls.incrementAndGet();
              return Future.succeededFuture(GOOD);
            },
            clock);
    for (int i = 0; i <= CachingVerifier.CAPACITY; i++) {
      verifier.verify(Secret.of("good-" + i));
    }
    assertThat(verifier.size()).isEqualTo(CachingVerifier.CAPACITY);

    calls.set(0);
    verifier.verify(Secret.of("good-1"));
    assertThat(calls).hasValue(0);
    verifier.verify(Secret.of("good-0"));
    assertThat(calls).hasValue(1);
  }

  @Test
  void requestsOfAllVerticlesForOneTokenMakeOneCallAndHearOfItOnTheirOwnContext() throws Exception {
    int requests = 64;
    AtomicInteger calls = new AtomicInteger();
    Promise<Verdict> gate = Promise.promise();
    CachingVerifier verifier =
        new CachingVerifier(
            token -> {
              calls.incrementAndGet();
              return gate.future();
            },
            clock);
    Vertx vertx = Vertx.vertx();
    try {
      CountDownLatch asked = new CountDownLatch(requests);
      List<Future<Context>> answered = new ArrayList<>();
      List<Context> contexts = new ArrayList<>();
      for (int i = 0; i < requests; i++) {
        Context context = newContext(vertx);
        contexts.add(context);
        Promise<Context> answer = Promise.promise();
        answered.add(answer.future());
        context.runOnContext(
            v -> {
              verifier
                  .verify(TOKEN)
                  .map(verdict -> requireNonNull(Vertx.currentContext(), "a context"))
                  .onComplete(answer);
              asked.countDown();
            });
      }
      assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(answered).noneMatch(Future::isComplete);

      gate.complete(GOOD);

      for (int i = 0; i < requests; i++) {
        assertThat(answered.get(i).await(10, TimeUnit.SECONDS)).isSameAs(contexts.get(i));
      }
      assertThat(calls).hasValue(1);
    } finally {
      vertx.close().await();
    }
  }

  private static Context newContext(Vertx vertx) {
    // Outside of a verticle each call on a fresh thread makes a context of its own.
    Promise<Context> made = Promise.promise();
    Thread thread = new Thread(() -> made.complete(vertx.getOrCreateContext()));
    thread.start();
    return made.future().await();
  }

  @Test
  void aSharedCallThatFailsFailsForAllAndTheNextAsksAgain() {
    List<Promise<Verdict>> calls = new ArrayList<>();
    CachingVerifier verifier =
        new CachingVerifier(
            token -> {
              calls.add(Promise.promise());
              return calls.get(calls.size() - 1).future();
            },
            clock);
    Future<Verdict> first = verifier.verify(TOKEN);
    Future<Verdict> second = verifier.verify(TOKEN);
    assertThat(calls).hasSize(1);

    calls.get(0).fail("down");
    Future<Verdict> third = verifier.verify(TOKEN);
    calls.get(1).complete(GOOD);

    assertThat(first.failed()).isTrue();
    assertThat(second.failed()).isTrue();
    assertThat(third.result()).isEqualTo(GOOD);
  }

  @Test
  void differentTokensDontWaitForEachOther() {
    Scripted service = new Scripted("slow", Promise.<Verdict>promise().future());
    CachingVerifier verifier = new CachingVerifier(service, clock);

    assertThat(verifier.verify(Secret.of("slow")).isComplete()).isFalse();
    assertThat(verifier.verify(Secret.of("other")).result()).isEqualTo(BAD);
  }

  @Test
  void threadsThatRaceForATokenNeverAskTwice() throws Exception {
    int threads = 8;
    int tokens = 3_000;
    AtomicInteger calls = new AtomicInteger();
    CachingVerifier verifier =
        new CachingVerifier(
            token -> {
              calls.incrementAndGet();
              return Future.succeededFuture(GOOD);
            },
            clock);
    CyclicBarrier together = new CyclicBarrier(threads);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<java.util.concurrent.Future<?>> racers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        racers.add(
            pool.submit(
                () -> {
                  for (int token = 0; token < tokens; token++) {
                    together.await();
                    verifier.verify(Secret.of("token-" + token));
                  }
                  return null;
                }));
      }
      for (java.util.concurrent.Future<?> racer : racers) {
        racer.get();
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(calls).hasValue(tokens);
  }
}
