package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a request may go to the store. No more are under way than its limit says, the rest
 * waits in order of arrival, bounded in number and time. Uploads and downloads, which may take
 * long, never get all there is: small requests (a health check, the log's tail) find room at once.
 *
 * <p>Thread-safe.
 */
final class RequestGate {
  /** What takes about equally long. */
  enum Lane {
    /** Over in one round trip. */
    SMALL(8, Duration.ofSeconds(10)),
    /** The same as far as is known: a read whose size its answer will tell. */
    READ(8, Duration.ofSeconds(10)),
    /** As long as the store takes for a large body. */
    UPLOAD(3, Duration.ofSeconds(60)),
    /** As long as a client takes to read. */
    DOWNLOAD(3, Duration.ofSeconds(30));

    private final int eighths;
    private final Duration patience;

    Lane(int eighths, Duration patience) {
      this.eighths = eighths;
      this.patience = patience;
    }

    /** How many of this lane may be under way when there may be so many in all. */
    int most(int limit) {
      return Math.max(1, limit * eighths / 8);
    }

    /** How many of all lanes may be under way when another one of this comes. */
    int within(int limit) {
      return this == SMALL ? limit : limit - Math.max(1, limit / 16);
    }
  }

  /** How a request went, as far as the limit is concerned. */
  enum Outcome {
    WELL,
    THROTTLED,
    /** Says nothing of the store's capacity. */
    OTHERWISE
  }

  private static final int LEAST = 4;
  private static final Duration SWEEP = Duration.ofMillis(250);

  private final TimeSource time;
  private final Function<Duration, Future<Void>> delay;
  private final Backoff backoff;
  private final int maxWaiting;
  private final AdaptiveLimit limit;
  private final Map<Lane, Deque<Waiting>> queues = new EnumMap<>(Lane.class);
  private final Map<Lane, Integer> underWay = new EnumMap<>(Lane.class);
  private int total;
  private long arrivals;
  private boolean sweeping;
  private int complaints;
  private boolean pausing;

  /**
   * An open gate.
   *
   * @param most requests under way at once while the store does not complain
   * @param maxWaiting requests of one lane that may wait
   * @param backoff how long nothing is sent when the store complains although hardly anything is
   *     under way; its delay also times the waiting
   */
  RequestGate(int most, int maxWaiting, TimeSource time, Backoff backoff) {
    this.limit = new AdaptiveLimit(most, LEAST);
    this.maxWaiting = maxWaiting;
    this.time = time;
    this.backoff = backoff;
    this.delay = backoff.delay();
    for (Lane lane : Lane.values()) {
      queues.put(lane, new ArrayDeque<>());
      underWay.put(lane, 0);
    }
  }

  private record Waiting(
      long arrival, long deadlineNanos, @Nullable Context caller, Promise<Permit> promise) {
    void tell(Runnable outcome) {
      if (caller == null) {
        outcome.run();
      } else {
        caller.runOnContext(turn -> outcome.run());
      }
    }
  }

  /**
   * Completes when the request may go, on the caller's context; fails with {@link
   * StoreException.Kind#OVERLOADED} when too many wait or this one waited too long.
   */
  Future<Permit> enter(Lane lane) {
    Waiting waiting;
    synchronized (this) {
      Deque<Waiting> queue = queue(lane);
      if (queue.isEmpty() && admits(lane)) {
        return Future.succeededFuture(grant(lane));
      }
      if (queue.size() >= maxWaiting) {
        return Future.failedFuture(overloaded("too many requests wait for the store"));
      }
      waiting =
          new Waiting(
              arrivals++,
              time.monotonicNanos() + lane.patience.toNanos(),
              Vertx.currentContext(),
              Promise.promise());
      queue.add(waiting);
    }
    sweepLater();
    return waiting.promise().future();
  }

  /** Requests that wait now. */
  synchronized int waiting() {
    return queues.values().stream().mapToInt(Deque::size).sum();
  }

  /** Requests that are under way now. */
  synchronized int underWay() {
    return total;
  }

  /** How many may be under way now. */
  synchronized int limit() {
    return limit.current();
  }

  private static StoreException overloaded(String message) {
    return new StoreException(StoreException.Kind.OVERLOADED, message, null);
  }

  private Deque<Waiting> queue(Lane lane) {
    return queues.getOrDefault(lane, new ArrayDeque<>());
  }

  private boolean admits(Lane lane) {
    int now = limit.current();
    return !pausing && total < lane.within(now) && underWay.getOrDefault(lane, 0) < lane.most(now);
  }

  private Permit grant(Lane lane) {
    total++;
    underWay.merge(lane, 1, Integer::sum);
    return new Permit(lane, limit.epoch());
  }

  /** Lets in whoever may go now: small requests first, then by arrival. */
  private void dispatch() {
    List<Runnable> granted = new ArrayList<>();
    synchronized (this) {
      for (Lane lane = next(); lane != null; lane = next()) {
        Waiting waiting = queue(lane).remove();
        Permit permit = grant(lane);
        granted.add(() -> waiting.tell(() -> waiting.promise().complete(permit)));
      }
    }
    granted.forEach(Runnable::run);
  }

  private @Nullable Lane next() {
    Lane best = null;
    long earliest = Long.MAX_VALUE;
    for (Lane lane : Lane.values()) {
      Waiting head = queue(lane).peek();
      if (head == null || !admits(lane)) {
        continue;
      }
      if (lane == Lane.SMALL) {
        return lane;
      }
      if (head.arrival() < earliest) {
        earliest = head.arrival();
        best = lane;
      }
    }
    return best;
  }

  private void sweepLater() {
    synchronized (this) {
      if (sweeping || waiting() == 0) {
        return;
      }
      sweeping = true;
    }
    delay.apply(SWEEP).onComplete(due -> sweep());
  }

  private void sweep() {
    List<Waiting> expired = new ArrayList<>();
    synchronized (this) {
      sweeping = false;
      for (Deque<Waiting> queue : queues.values()) {
        Waiting head = queue.peek();
        while (head != null && head.deadlineNanos() - time.monotonicNanos() <= 0) {
          expired.add(queue.remove());
          head = queue.peek();
        }
      }
    }
    for (Waiting waiting : expired) {
      waiting.tell(
          () -> waiting.promise().fail(overloaded("waited too long for its turn at the store")));
    }
    sweepLater();
  }

  private void left(Permit permit) {
    synchronized (this) {
      total--;
      underWay.merge(permit.lane, -1, Integer::sum);
    }
    dispatch();
  }

  private void report(Permit permit, Outcome outcome) {
    int failures;
    synchronized (this) {
      if (outcome == Outcome.WELL) {
        limit.succeeded();
        complaints = 0;
        return;
      }
      if (outcome != Outcome.THROTTLED || !limit.throttled(permit.epoch)) {
        return;
      }
      if (limit.current() > LEAST || pausing) {
        return;
      }
      pausing = true;
      failures = ++complaints;
    }
    backoff.pause(failures).onComplete(over -> resume());
  }

  private void resume() {
    synchronized (this) {
      pausing = false;
    }
    dispatch();
  }

  /** Whether a request may go on in another lane, where nobody waits for that place. */
  private synchronized boolean moved(Permit permit, Lane lane) {
    boolean room =
        queue(lane).isEmpty() && underWay.getOrDefault(lane, 0) < lane.most(limit.current());
    if (room) {
      underWay.merge(permit.lane, -1, Integer::sum);
      underWay.merge(lane, 1, Integer::sum);
      permit.lane = lane;
    }
    return room;
  }

  /** The right to have one request under way. Thread-safe. */
  final class Permit {
    /** Guarded by the gate. */
    private Lane lane;

    private final long epoch;
    private boolean reported;
    private boolean left;

    private Permit(Lane lane, long epoch) {
      this.lane = lane;
      this.epoch = epoch;
    }

    /** Goes on in another lane if that has room at once; not after {@link #leave}. */
    boolean move(Lane other) {
      return moved(this, other);
    }

    /** Tells how the request went; only the first report counts. */
    void report(Outcome outcome) {
      synchronized (this) {
        if (reported) {
          return;
        }
        reported = true;
      }
      RequestGate.this.report(this, outcome);
    }

    /** The request holds nothing at the store any more; further calls do nothing. */
    void leave() {
      synchronized (this) {
        if (left) {
          return;
        }
        left = true;
      }
      left(this);
    }
  }
}
