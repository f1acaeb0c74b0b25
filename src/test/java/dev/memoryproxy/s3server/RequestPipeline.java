package dev.memoryproxy.s3server;

import dev.memoryproxy.s3server.Fault.Action;
import dev.memoryproxy.s3server.Fault.Point;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A request's way through latency, faults and effect: half the latency, what strikes before, the
 * effect, what strikes after, the other half, the answer.
 */
final class RequestPipeline {
  private final S3Semantics semantics;
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final Map<S3Operation, Long> latencyMillis = new ConcurrentHashMap<>();

  RequestPipeline(S3Semantics semantics) {
    this.semantics = semantics;
  }

  void inject(Fault fault) {
    faults.add(fault);
  }

  void remove(Fault fault) {
    faults.remove(fault);
    fault.release();
  }

  void clear() {
    List.copyOf(faults).forEach(this::remove);
  }

  void latency(S3Operation operation, long millis) {
    latencyMillis.put(operation, millis);
  }

  /** Completes on the context with what is to be sent; empty to close the connection instead. */
  Future<Outcome> run(S3Call call, Context context) {
    List<Action> struck = new ArrayList<>(0);
    List<Fault> parking = new ArrayList<>(0);
    for (Fault fault : faults) {
      if (fault.strikes(call)) {
        struck.add(fault.action());
        if (fault.action() instanceof Action.Park) {
          parking.add(fault);
        }
      }
    }
    long latency = latencyMillis.getOrDefault(call.operation(), 0L);
    long extra = 0;
    for (Action action : struck) {
      extra += action instanceof Action.Delay delay ? delay.millis() : 0;
    }
    long after = latency - latency / 2;
    return pause(context, latency / 2 + extra)
        .compose(done -> park(parking, Point.BEFORE, context))
        .compose(done -> effect(call, struck, context))
        .compose(outcome -> park(parking, Point.AFTER, context).map(outcome))
        .compose(outcome -> pause(context, after).map(outcome));
  }

  private Future<Outcome> effect(S3Call call, List<Action> struck, Context context) {
    for (Action action : struck) {
      if (action instanceof Action.Drop drop && drop.point() == Point.BEFORE) {
        return Future.succeededFuture(Outcome.DROPPED);
      }
      if (action instanceof Action.Answer answer) {
        S3Reply reply =
            answer.code().isEmpty()
                ? S3Reply.error(answer.status())
                : S3Reply.error(answer.status(), answer.code(), "Answered so on command.");
        return Future.succeededFuture(new Outcome(reply, struck));
      }
    }
    boolean dropAfter =
        struck.stream()
            .anyMatch(action -> action instanceof Action.Drop drop && drop.point() == Point.AFTER);
    return semantics
        .execute(call, context)
        .map(reply -> dropAfter ? Outcome.DROPPED : new Outcome(reply, struck));
  }

  private static Future<Void> park(List<Fault> faults, Point point, Context context) {
    Future<Void> passed = Future.succeededFuture();
    for (Fault fault : faults) {
      if (fault.action() instanceof Action.Park park && park.point() == point) {
        passed = passed.compose(done -> onContext(context, fault.park()));
      }
    }
    return passed;
  }

  private static Future<Void> onContext(Context context, Future<Void> anywhere) {
    Promise<Void> here = Promise.promise();
    anywhere.onComplete(done -> context.runOnContext(turn -> here.complete()));
    return here.future();
  }

  private static Future<Void> pause(Context context, long millis) {
    if (millis == 0) {
      return Future.succeededFuture();
    }
    Promise<Void> over = Promise.promise();
    context.owner().setTimer(millis, timer -> over.complete());
    return over.future();
  }

  /**
   * What is to be sent.
   *
   * @param struck the faults, of which some shape the body
   */
  record Outcome(S3Reply reply, List<Action> struck) {
    static final Outcome DROPPED = new Outcome(S3Reply.empty(0), List.of());

    /** Whether the connection is to be closed instead. */
    boolean dropped() {
      return reply.status() == 0;
    }
  }
}
