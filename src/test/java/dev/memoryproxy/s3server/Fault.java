package dev.memoryproxy.s3server;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Something that goes wrong on command: which requests, how often, and what. Thread-safe.
 *
 * <p>{@code server.inject(Fault.on(PUT).keys("memory/").times(3).answer(503))}
 */
public final class Fault {
  /** Before or after the request takes effect. */
  public enum Point {
    BEFORE,
    AFTER
  }

  /** What happens to a request that matches. */
  sealed interface Action {
    record Delay(long millis) implements Action {}

    record Answer(int status, String code) implements Action {}

    record Drop(Point point) implements Action {}

    record Park(Point point) implements Action {}

    record Trickle(int bytes, long everyMillis) implements Action {}

    record Truncate(int bytes) implements Action {}
  }

  private final Selector selector;
  private final Action action;
  private final Promise<Void> gate = Promise.promise();
  private int seen;
  private int hits;
  private int parked;

  private Fault(Selector selector, Action action) {
    this.selector = selector;
    this.action = action;
  }

  /** Starts the description of a fault; without operations it concerns all of them. */
  public static Selector on(S3Operation... operations) {
    return new Selector(Set.of(operations), "", call -> true, 0, Integer.MAX_VALUE);
  }

  /**
   * Which requests a fault concerns.
   *
   * @param operations empty for all
   * @param skip how many matching requests pass before the first that fails
   * @param times how many fail
   */
  public record Selector(
      Set<S3Operation> operations,
      String prefix,
      Predicate<S3Call> predicate,
      int skip,
      int times) {

    /** Only requests whose key starts so. */
    public Selector keys(String start) {
      return new Selector(operations, start, predicate, skip, times);
    }

    /** Only requests that pass this test too. */
    public Selector where(Predicate<S3Call> test) {
      return new Selector(operations, prefix, predicate.and(test), skip, times);
    }

    /** Lets the first matching requests pass. */
    public Selector skip(int requests) {
      return new Selector(operations, prefix, predicate, requests, times);
    }

    /** Only so many requests; without this, all. */
    public Selector times(int requests) {
      return new Selector(operations, prefix, predicate, skip, requests);
    }

    /** Answers later. */
    public Fault delay(long millis) {
      return new Fault(this, new Action.Delay(millis));
    }

    /** Answers with an error instead of doing anything. */
    public Fault answer(int status) {
      return answer(status, "");
    }

    /** Answers with an error of this code instead of doing anything. */
    public Fault answer(int status, String code) {
      return new Fault(this, new Action.Answer(status, code));
    }

    /** Closes the connection instead of answering, before or after the effect. */
    public Fault drop(Point point) {
      return new Fault(this, new Action.Drop(point));
    }

    /** Holds requests until {@link Fault#release()}, before or after the effect. */
    public Fault park(Point point) {
      return new Fault(this, new Action.Park(point));
    }

    /** Sends the body in small pieces. */
    public Fault trickle(int bytes, long everyMillis) {
      return new Fault(this, new Action.Trickle(bytes, everyMillis));
    }

    /** Closes the connection after so many bytes of the body. */
    public Fault truncate(int bytes) {
      return new Fault(this, new Action.Truncate(bytes));
    }

    private boolean matches(S3Call call) {
      return (operations.isEmpty() || operations.contains(call.operation()))
          && call.key().startsWith(prefix)
          && predicate.test(call);
    }
  }

  /** How many requests it has struck. */
  public synchronized int hits() {
    return hits;
  }

  /** How many requests it holds or has held at its gate. */
  public synchronized int parked() {
    return parked;
  }

  /** Waits until so many requests have come to the gate. */
  public synchronized void awaitParked(int requests) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (parked < requests) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError(parked + " requests came to the gate, not " + requests);
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** Opens the gate for good. */
  public void release() {
    gate.tryComplete();
  }

  Action action() {
    return action;
  }

  /** Whether this request is struck; counts it if so. */
  synchronized boolean strikes(S3Call call) {
    if (!selector.matches(call)) {
      return false;
    }
    seen++;
    if (seen <= selector.skip() || hits >= selector.times()) {
      return false;
    }
    hits++;
    return true;
  }

  Future<Void> park() {
    synchronized (this) {
      parked++;
      notifyAll();
    }
    return gate.future();
  }
}
