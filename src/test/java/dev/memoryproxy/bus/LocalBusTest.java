package dev.memoryproxy.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class LocalBusTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private Vertx vertx;
  private LocalBus bus;
  private Context caller;
  private final AtomicInteger messages = new AtomicInteger();

  private record Ask(int number) {}

  private record Unheard() {}

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    open(LONG);
  }

  private void open(Duration timeout) {
    vertx
        .eventBus()
        .addOutboundInterceptor(
            delivery -> {
              messages.incrementAndGet();
              delivery.next();
            });
    bus = new LocalBus(vertx, LocalBusTest::error, timeout);
    caller = vertx.getOrCreateContext();
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  private static ProxyError error(Throwable cause) {
    return cause instanceof ProxyError ours
        ? ours
        : new ProxyError(ProxyError.Kind.INTERNAL, String.valueOf(cause.getMessage()));
  }

  /** Serves on a verticle of its own. */
  private String serve(java.util.function.Function<Ask, Future<?>> handler) throws Exception {
    return vertx
        .deployVerticle(
            new AbstractVerticle() {
              @Override
              public void start(Promise<Void> started) {
                bus.serve(Ask.class, handler).onComplete(started);
              }
            })
        .await(10, TimeUnit.SECONDS);
  }

  /** Runs in one turn of the caller's event loop. */
  private <T> T inOneTurn(Supplier<T> work) throws Exception {
    Promise<T> done = Promise.promise();
    caller.runOnContext(
        turn -> {
          try {
            done.complete(work.get());
          } catch (RuntimeException e) {
            done.fail(e);
          }
        });
    return done.future().await(10, TimeUnit.SECONDS);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(20, TimeUnit.SECONDS);
  }

  @Test
  void eachCallGetsItsOwnReplyOrFailure() throws Exception {
    serve(
        ask ->
            ask.number() % 3 == 0
                ? Future.failedFuture(new IllegalStateException("no " + ask.number()))
                : Future.succeededFuture(ask.number() * 10));
    List<Future<Integer>> replies =
        inOneTurn(
            () ->
                IntStream.range(0, 9)
                    .<Future<Integer>>mapToObj(i -> bus.call(new Ask(i)))
                    .toList());
    for (int i = 0; i < 9; i++) {
      if (i % 3 == 0) {
        Future<Integer> reply = replies.get(i);
        assertThatThrownBy(() -> await(reply))
            .isInstanceOf(ProxyError.class)
            .hasMessageContaining("no " + i);
      } else {
        assertThat(await(replies.get(i))).isEqualTo(i * 10);
      }
    }
  }

  @Test
  void callsOfOneTurnShareAMessageAndArriveInOrder() throws Exception {
    Queue<Integer> seen = new ConcurrentLinkedQueue<>();
    serve(
        ask -> {
          seen.add(ask.number());
          return Future.succeededFuture();
        });
    int before = messages.get();
    List<Future<Void>> replies =
        inOneTurn(
            () ->
                IntStream.range(0, 100).<Future<Void>>mapToObj(i -> bus.call(new Ask(i))).toList());
    await(Future.all(replies));
    assertThat(messages.get() - before).isEqualTo(1);
    assertThat(seen).containsExactlyElementsOf(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void aSlowCallHoldsNobodyBack() throws Exception {
    Promise<String> gate = Promise.promise();
    serve(ask -> ask.number() == 0 ? gate.future() : Future.succeededFuture("quick"));
    List<Future<String>> replies =
        inOneTurn(() -> List.of(bus.call(new Ask(0)), bus.call(new Ask(1))));
    assertThat(await(replies.get(1))).isEqualTo("quick");
    assertThat(replies.get(0).isComplete()).isFalse();
    gate.complete("slow");
    assertThat(await(replies.get(0))).isEqualTo("slow");
  }

  @Test
  void aHandlerThatThrowsFailsItsCallOnly() throws Exception {
    serve(
        ask -> {
          if (ask.number() == 0) {
            throw new IllegalStateException("defect");
          }
          return Future.succeededFuture(ask.number());
        });
    List<Future<Integer>> replies =
        inOneTurn(() -> List.of(bus.call(new Ask(0)), bus.call(new Ask(1))));
    assertThatThrownBy(() -> await(replies.get(0))).isInstanceOf(ProxyError.class);
    assertThat(await(replies.get(1))).isEqualTo(1);
  }

  @Test
  void anErrorOrNoFutureAtAllFailsItsCallOnly() throws Exception {
    serve(
        ask -> {
          if (ask.number() == 0) {
            throw new StackOverflowError("too deep");
          }
          return ask.number() == 1 ? null : Future.succeededFuture(ask.number());
        });
    List<Future<Integer>> replies =
        inOneTurn(
            () ->
                List.<Future<Integer>>of(
                    bus.call(new Ask(0)), bus.call(new Ask(1)), bus.call(new Ask(2))));
    assertThatThrownBy(() -> await(replies.get(0))).hasMessageContaining("too deep");
    assertThatThrownBy(() -> await(replies.get(1))).isInstanceOf(ProxyError.class);
    assertThat(await(replies.get(2))).isEqualTo(2);
  }

  @Test
  void aCallerThatThrowsDoesNotKeepTheNextFromItsReply() throws Exception {
    serve(ask -> Future.succeededFuture(ask.number()));
    Promise<Integer> next = Promise.promise();
    Queue<Throwable> reported = new ConcurrentLinkedQueue<>();
    inOneTurn(
        () -> {
          caller.exceptionHandler(reported::add);
          bus.<Integer>call(new Ask(0))
              .onSuccess(
                  any -> {
                    throw new IllegalStateException("the caller's");
                  });
          bus.<Integer>call(new Ask(1)).onComplete(next);
          return true;
        });
    assertThat(await(next.future())).isEqualTo(1);
    assertThat(reported).hasSize(1);
  }

  @Test
  void whereNobodyServesTheCallerIsToldToTryAgain() {
    assertThatThrownBy(() -> await(bus.call(new Unheard())))
        .isInstanceOfSatisfying(
            ProxyError.class,
            e -> assertThat(e.kind()).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE));
  }

  @Test
  void aBusThatThrowsFailsItsCallsAtOnce() {
    ContextInternal context = (ContextInternal) caller;
    Outbox outbox =
        new Outbox(
            context.nettyEventLoop(),
            (address, calls) -> {
              throw new IllegalStateException("closed");
            });
    Call call = new Call(new Ask(1), 60_000, context, outbox, LocalBusTest::error, () -> {});
    outbox.call(call);
    assertThatThrownBy(() -> await(call.reply()))
        .isInstanceOf(ProxyError.class)
        .hasMessageContaining("closed");
  }

  @Test
  void afterItsTimeACallFailsAndALateReplyIsDropped() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
    vertx = Vertx.vertx();
    open(Duration.ofMillis(50));
    Promise<String> gate = Promise.promise();
    serve(ask -> ask.number() == 0 ? gate.future() : Future.succeededFuture("in time"));
    List<Future<String>> replies =
        inOneTurn(
            () ->
                List.of(
                    bus.call(new Ask(0)),
                    bus.call(new Ask(1)),
                    bus.call(new Ask(1), Duration.ofSeconds(20))));
    assertThat(await(replies.get(1))).isEqualTo("in time");
    assertThat(await(replies.get(2))).isEqualTo("in time");
    assertThatThrownBy(() -> await(replies.get(0)))
        .isInstanceOfSatisfying(
            ProxyError.class,
            e -> assertThat(e.kind()).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE));
    gate.complete("late");
    assertThat(await(inOneTurn(() -> bus.<String>call(new Ask(2))))).isEqualTo("in time");
  }

  @Test
  void beyondTheBoundCallsAreRefusedAndNestedOnesAreNot() throws Exception {
    Promise<String> gate = Promise.promise();
    serve(ask -> gate.future());
    List<Future<String>> held = new ArrayList<>();
    Future<String> refused =
        inOneTurn(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                held.add(bus.call(new Ask(i)));
              }
              return bus.call(new Ask(-1));
            });
    assertThatThrownBy(() -> await(refused))
        .isInstanceOfSatisfying(
            ProxyError.class, e -> assertThat(e.kind()).isEqualTo(ProxyError.Kind.OVERLOADED));
    Future<String> nested = inOneTurn(() -> bus.nested(new Ask(-2)));
    gate.complete("open");
    await(Future.all(held));
    assertThat(await(nested)).isEqualTo("open");
    assertThat(await(inOneTurn(() -> bus.<String>call(new Ask(1))))).isEqualTo("open");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void aReplyArrivesOnTheContextOfItsCaller(int eventLoops) throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(eventLoops));
    open(LONG);
    serve(ask -> vertx.timer(1).map(fired -> ask.number()));
    List<ContextInternal> callers =
        IntStream.range(0, 8)
            .mapToObj(i -> ((ContextInternal) vertx.getOrCreateContext()).duplicate())
            .toList();
    List<Future<Boolean>> right = new ArrayList<>();
    for (ContextInternal each : callers) {
      Promise<Boolean> same = Promise.promise();
      each.runOnContext(
          turn ->
              bus.<Integer>call(new Ask(1))
                  .onComplete(
                      done ->
                          same.complete(
                              Vertx.currentContext() == each
                                  && each.nettyEventLoop().inEventLoop())));
      right.add(same.future());
    }
    for (Future<Boolean> each : right) {
      assertThat(await(each)).isTrue();
    }
  }

  @Test
  void theVerticleThatCalledFirstMayEndBeforeTheOthersHearThatTheirTimeIsOver() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    open(Duration.ofMillis(200));
    serve(ask -> Promise.promise().future());
    Promise<String> second = Promise.promise();
    String first =
        vertx
            .deployVerticle(
                new AbstractVerticle() {
                  @Override
                  public void start() {
                    bus.call(new Ask(0));
                    // The same event loop, the same turn, and no part of this verticle.
                    ContextInternal other = (ContextInternal) caller;
                    other.dispatch(() -> bus.<String>call(new Ask(1)).onComplete(second));
                  }
                })
            .await(10, TimeUnit.SECONDS);
    vertx.undeploy(first).await(10, TimeUnit.SECONDS);
    assertThatThrownBy(() -> await(second.future())).isInstanceOf(ProxyError.class);
  }
}
