package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Repeats reads that failed in a way that may pass. Writes go through untouched: whoever writes
 * must settle an ambiguous outcome before trying again, and only it can.
 */
public final class RetryingObjectStore extends ForwardingObjectStore {
  private final ObjectStore store;
  private final int attempts;
  private final Backoff backoff;
  private final TimeSource time;

  /**
   * Wraps a store.
   *
   * @param attempts how often a read is tried in all, at least 1
   * @param backoff its patience bounds when the last attempt begins
   */
  public RetryingObjectStore(ObjectStore store, int attempts, Backoff backoff, TimeSource time) {
    super(store);
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1, not " + attempts);
    }
    this.store = store;
    this.attempts = attempts;
    this.backoff = backoff;
    this.time = time;
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return attempt(() -> store.head(key));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return attempt(() -> store.get(key));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return attempt(() -> store.getRange(key, etag, first, last));
  }

  /** Also repeats a read whose content broke off, which {@link #get} cannot. */
  @Override
  public Future<Optional<WholeObject>> getWhole(String key, long maxBytes) {
    return attempt(() -> store.getWhole(key, maxBytes));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return attempt(() -> store.list(prefix, startAfter, limit));
  }

  private <T> Future<T> attempt(Supplier<Future<T>> read) {
    return attempt(read, 1, time.monotonicNanos());
  }

  private <T> Future<T> attempt(Supplier<Future<T>> read, int number, long started) {
    return read.get()
        .recover(
            failure ->
                number < attempts
                        && failure instanceof StoreException e
                        && e.retryable()
                        && time.monotonicNanos() - started < backoff.patience().toNanos()
                    ? backoff.pause(number).compose(waited -> attempt(read, number + 1, started))
                    : Future.failedFuture(failure));
  }
}
