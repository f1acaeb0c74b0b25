package dev.memoryproxy.bus;

import io.netty.channel.EventLoop;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * What one event loop has to say to others, gathered until the end of its turn. May be told from
 * any thread; works on its event loop.
 */
final class Outbox {
  private final EventLoop eventLoop;
  private final BiFunction<String, List<Call>, Future<Void>> delivery;
  private Map<Route, List<Call>> calls = new LinkedHashMap<>();
  private Map<Outbox, List<Reply>> replies = new LinkedHashMap<>();
  private boolean due;

  private record Route(String address, long limitMillis) {}

  private record Reply(Call call, AsyncResult<?> result) {
    void arrive() {
      call.settle(result);
    }
  }

  /**
   * @param delivery brings calls to an address; fails when nobody serves it
   */
  Outbox(EventLoop eventLoop, BiFunction<String, List<Call>, Future<Void>> delivery) {
    this.eventLoop = eventLoop;
    this.delivery = delivery;
  }

  /** Sends a call that comes from this event loop. */
  void call(Call call) {
    if (eventLoop.inEventLoop()) {
      calls
          .computeIfAbsent(new Route(call.address(), call.limitMillis()), any -> new ArrayList<>())
          .add(call);
      goAfterThisTurn();
    } else {
      eventLoop.execute(() -> call(call));
    }
  }

  /** Sends the reply to a call that was served on this event loop. */
  void answer(Call call, AsyncResult<?> result) {
    if (eventLoop.inEventLoop()) {
      replies.computeIfAbsent(call.origin(), any -> new ArrayList<>()).add(new Reply(call, result));
      goAfterThisTurn();
    } else {
      eventLoop.execute(() -> answer(call, result));
    }
  }

  private void goAfterThisTurn() {
    if (!due) {
      due = true;
      eventLoop.execute(this::go);
    }
  }

  private void go() {
    due = false;
    Map<Outbox, List<Reply>> answered = replies;
    Map<Route, List<Call>> called = calls;
    replies = new LinkedHashMap<>();
    calls = new LinkedHashMap<>();
    called.forEach(this::send);
    answered.forEach(
        (origin, all) -> {
          if (origin == this) {
            all.forEach(Reply::arrive);
          } else {
            origin.eventLoop.execute(() -> all.forEach(Reply::arrive));
          }
        });
  }

  private void send(Route route, List<Call> all) {
    Shipment shipment = new Shipment(all, route.limitMillis(), eventLoop);
    all.get(0)
        .caller()
        .unwrap()
        .dispatch(() -> deliver(route.address(), all).onFailure(shipment::undelivered));
  }

  private Future<Void> deliver(String address, List<Call> all) {
    try {
      return delivery.apply(address, all);
    } catch (RuntimeException e) {
      // A bus that is closed throws, and nobody should wait for the deadline then.
      return Future.failedFuture(e);
    }
  }
}
