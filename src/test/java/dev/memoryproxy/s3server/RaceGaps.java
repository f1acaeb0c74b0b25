package dev.memoryproxy.s3server;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The gap that a racy write leaves between its look at an object and its effect. It ends when
 * another write to the key has been seen, so that writes sent at the same time do race however busy
 * the machine is, or when none came. Thread-safe.
 */
final class RaceGaps {
  private static final long LONGEST_MILLIS = 100;

  private final Map<String, Promise<Void>> open = new ConcurrentHashMap<>();

  /** Ends the gap of the write before on this key and opens one; completes on the context. */
  Future<Void> open(String key, Context context) {
    Promise<Void> gap = Promise.promise();
    Promise<Void> before = open.put(key, gap);
    if (before != null) {
      before.tryComplete();
    }
    long timer =
        context
            .owner()
            .setTimer(
                LONGEST_MILLIS,
                late -> {
                  open.remove(key, gap);
                  gap.tryComplete();
                });
    Promise<Void> onContext = Promise.promise();
    gap.future()
        .onSuccess(
            done -> {
              context.owner().cancelTimer(timer);
              context.runOnContext(here -> onContext.complete());
            });
    return onContext.future();
  }

  /** Another write to this key took effect or was refused. */
  void end(String key) {
    Promise<Void> gap = open.remove(key);
    if (gap != null) {
      gap.tryComplete();
    }
  }
}
