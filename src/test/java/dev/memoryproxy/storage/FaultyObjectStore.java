package dev.memoryproxy.storage;

import static java.util.Objects.requireNonNull;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Faults on command around any store, and a record of what was asked of it.
 *
 * <p>Each rule waits for its next calls: {@code faulty.next(3, Operation.PUT,
 * "k"::equals).failBefore(Kind.BUSY)}. A call meets the oldest rule that fits and is not used up,
 * and only that one. {@code getWhole} counts as the {@code GET} that it makes.
 */
public final class FaultyObjectStore implements ObjectStore {
  /** What can be asked of a store. */
  public enum Operation {
    HEAD,
    GET,
    GET_RANGE,
    PUT,
    DELETE,
    LIST
  }

  /**
   * One call.
   *
   * @param number from 1, in order of arrival
   * @param key the key; a listing's prefix
   * @param detail the condition of a write, else empty
   * @param outcome what the caller was told, {@code pending} until then
   */
  public record Call(long number, Operation operation, String key, String detail, String outcome) {}

  private enum Effect {
    FAIL_BEFORE,
    FAIL_AFTER,
    HOLD_BEFORE,
    HOLD_AFTER
  }

  private final ObjectStore inner;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Call> history = new ArrayList<>();
  private final Map<Operation, Integer> counts = new EnumMap<>(Operation.class);

  public FaultyObjectStore(ObjectStore inner) {
    this.inner = inner;
  }

  /** Starts a rule for the next {@code times} calls of an operation on a key that fits. */
  public Rule next(int times, Operation operation, Predicate<String> key) {
    return new Rule(times, operation, key);
  }

  /** A rule for the next call of an operation, whatever the key. */
  public Rule next(Operation operation) {
    return next(1, operation, key -> true);
  }

  /** Forgets all rules, also those that have calls left; held calls stay held. */
  public synchronized void heal() {
    rules.clear();
  }

  /** How many calls of an operation arrived since the start or {@link #resetCounts()}. */
  public synchronized int count(Operation operation) {
    return counts.getOrDefault(operation, 0);
  }

  /** How many calls of all operations arrived since the start or {@link #resetCounts()}. */
  public synchronized int count() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** Counts from zero again; the history stays. */
  public synchronized void resetCounts() {
    counts.clear();
  }

  /** All calls in order of arrival. */
  public synchronized List<Call> history() {
    return List.copyOf(history);
  }

  /** A fault that waits for its calls. */
  public final class Rule {
    private final Operation operation;
    private final Predicate<String> key;
    private int left;
    private Effect effect = Effect.FAIL_BEFORE;
    private StoreException.Kind kind = StoreException.Kind.BUSY;
    private @Nullable Gate gate;

    private Rule(int times, Operation operation, Predicate<String> key) {
      this.left = times;
      this.operation = operation;
      this.key = key;
    }

    /** The calls never reach the store. */
    public FaultyObjectStore failBefore(StoreException.Kind kind) {
      this.kind = kind;
      return arm(Effect.FAIL_BEFORE);
    }

    /** The calls take effect and the answers are lost. */
    public FaultyObjectStore failAfter(StoreException.Kind kind) {
      this.kind = kind;
      return arm(Effect.FAIL_AFTER);
    }

    /** The calls wait at the gate and have no effect before it opens. */
    public Gate holdBefore() {
      gate = new Gate();
      arm(Effect.HOLD_BEFORE);
      return gate;
    }

    /** The calls take effect at once and their answers wait at the gate. */
    public Gate holdAfter() {
      gate = new Gate();
      arm(Effect.HOLD_AFTER);
      return gate;
    }

    private FaultyObjectStore arm(Effect effect) {
      synchronized (FaultyObjectStore.this) {
        this.effect = effect;
        rules.add(this);
      }
      return FaultyObjectStore.this;
    }
  }

  /** Where calls wait until the test lets them go on; stays open once opened. */
  public static final class Gate {
    private final Promise<Void> reached = Promise.promise();
    private final Promise<Void> opened = Promise.promise();

    private Gate() {}

    /** Completes when the first call waits here: after its effect, where it is held after it. */
    public Future<Void> reached() {
      return reached.future();
    }

    /** Lets the waiting calls go on as if nothing had been. */
    public void release() {
      opened.tryComplete();
    }

    /** Ends the waiting calls with a failure: held before, they never take effect. */
    public void fail(StoreException.Kind kind) {
      opened.tryFail(fault(kind));
    }

    private Future<Void> pass() {
      reached.tryComplete();
      return opened.future();
    }
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return call(Operation.HEAD, key, "", () -> inner.head(key));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return call(Operation.GET, key, "", () -> inner.get(key));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return call(
        Operation.GET_RANGE, key, first + "-" + last, () -> inner.getRange(key, etag, first, last));
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return call(
        Operation.PUT,
        key,
        condition.toString(),
        () -> inner.put(key, payload, attributes, condition));
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return call(Operation.DELETE, key, condition.toString(), () -> inner.delete(key, condition));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return call(
        Operation.LIST, prefix, "after " + startAfter, () -> inner.list(prefix, startAfter, limit));
  }

  @Override
  public boolean conditionalDeletes() {
    return inner.conditionalDeletes();
  }

  @Override
  public boolean uniqueEtags() {
    return inner.uniqueEtags();
  }

  @Override
  public Future<Void> close() {
    return inner.close();
  }

  private <T> Future<T> call(
      Operation operation, String key, String detail, Supplier<Future<T>> real) {
    int index;
    Rule rule;
    synchronized (this) {
      counts.merge(operation, 1, Integer::sum);
      index = history.size();
      history.add(new Call(index + 1L, operation, key, detail, "pending"));
      rule = take(operation, key);
    }
    Future<T> answer = rule == null ? real.get() : faulted(rule, real);
    return answer.onComplete(
        done ->
            settle(index, done.succeeded() ? String.valueOf(done.result()) : "" + done.cause()));
  }

  private @Nullable Rule take(Operation operation, String key) {
    Rule next =
        rules.stream()
            .filter(rule -> rule.operation == operation && rule.key.test(key))
            .findFirst()
            .orElse(null);
    if (next != null && --next.left == 0) {
      rules.remove(next);
    }
    return next;
  }

  private static <T> Future<T> faulted(Rule rule, Supplier<Future<T>> real) {
    Context caller = Vertx.currentContext();
    return switch (rule.effect) {
      case FAIL_BEFORE -> Future.failedFuture(fault(rule.kind));
      case FAIL_AFTER -> real.get().transform(lost -> lose(lost.result(), rule.kind));
      case HOLD_BEFORE ->
          onContext(caller, requireNonNull(rule.gate).pass()).compose(open -> real.get());
      case HOLD_AFTER ->
          real.get()
              .transform(
                  answer ->
                      onContext(caller, requireNonNull(rule.gate).pass())
                          .transform(
                              open ->
                                  open.failed()
                                      ? lose(answer.result(), open.cause())
                                      : given(answer.result(), answer.cause())));
    };
  }

  private static <T> Future<T> given(@Nullable T result, @Nullable Throwable cause) {
    return cause == null ? Future.succeededFuture(result) : Future.failedFuture(cause);
  }

  private static <T> Future<T> lose(@Nullable T answer, StoreException.Kind kind) {
    return lose(answer, fault(kind));
  }

  /** An answer that nobody gets must not hold a connection. */
  private static <T> Future<T> lose(@Nullable T answer, Throwable cause) {
    if (answer instanceof Optional<?> found
        && found.isPresent()
        && found.get() instanceof ObjectContent content) {
      content.discard();
    }
    return Future.failedFuture(cause);
  }

  /** Whoever opens the gate must not run the caller's code on its own thread. */
  private static Future<Void> onContext(@Nullable Context caller, Future<Void> gate) {
    if (caller == null) {
      return gate;
    }
    Promise<Void> passed = Promise.promise();
    gate.onComplete(open -> caller.runOnContext(go -> passed.handle(open)));
    return passed.future();
  }

  private static StoreException fault(StoreException.Kind kind) {
    return new StoreException(kind, "injected fault: " + kind, null);
  }

  private synchronized void settle(int index, String outcome) {
    Call call = history.get(index);
    history.set(
        index, new Call(call.number(), call.operation(), call.key(), call.detail(), outcome));
  }
}
