package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts questions to a store that may not be ready yet, again and again until a common deadline, and
 * says once that this is what the start waits for.
 */
final class StartUpPatience {
  private static final Logger LOG = LoggerFactory.getLogger(StartUpPatience.class);
  private static final int TOLD_AFTER = 3;

  private final Duration limit;
  private final TimeSource clock;
  private final Backoff backoff;
  private final long deadline;
  private boolean told;

  /** The deadline counts from now. */
  StartUpPatience(Duration limit, TimeSource clock, Backoff backoff) {
    this.limit = limit;
    this.clock = clock;
    this.backoff = backoff;
    this.deadline = clock.monotonicNanos() + limit.toNanos();
  }

  /** Asks from the start again, with fresh keys where it makes some, while time is left. */
  <T> Future<T> ask(Supplier<Future<T>> question) {
    return ask(question, 1);
  }

  private <T> Future<T> ask(Supplier<Future<T>> question, int attempt) {
    return question
        .get()
        .recover(
            failure -> {
              if (!(failure instanceof StoreException e) || !e.retryable()) {
                return Future.failedFuture(failure);
              }
              if (clock.monotonicNanos() - deadline >= 0) {
                return Future.failedFuture(gaveUp(e));
              }
              if (attempt >= TOLD_AFTER && !told) {
                told = true;
                LOG.warn(
                    "The store does not answer yet; it is asked for up to {} s before the start is"
                        + " given up: {}",
                    limit.toSeconds(),
                    e.getMessage());
              }
              return backoff.pause(attempt).compose(waited -> ask(question, attempt + 1));
            });
  }

  private StoreException gaveUp(StoreException last) {
    return new StoreException(
        last.kind(),
        "the store did not answer the start-up probe for "
            + limit.toSeconds()
            + " s; last: "
            + last.getMessage(),
        last);
  }
}
