package dev.memoryproxy.bus;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls that left together and have one deadline. Each is let go of when it is settled, so that a
 * slow one does not keep what the others were given. Confined to the callers' event loop.
 */
final class Shipment {
  private final @Nullable Call[] open;
  private final ScheduledFuture<?> deadline;
  private int left;

  /**
   * Starts the clock.
   *
   * @param limitMillis of each of the calls
   */
  Shipment(List<Call> calls, long limitMillis, EventLoop eventLoop) {
    this.open = calls.toArray(Call[]::new);
    this.left = open.length;
    for (int i = 0; i < open.length; i++) {
      calls.get(i).leaves(this, i);
    }
    // Not a timer of Vert.x: it would end with the verticle that happened to call first.
    this.deadline =
        eventLoop.schedule(() -> expire(limitMillis), limitMillis, TimeUnit.MILLISECONDS);
  }

  /** The call at a place has its reply. */
  void settled(int place) {
    open[place] = null;
    left--;
    if (left == 0) {
      deadline.cancel(false);
    }
  }

  /** None of them arrived. */
  void undelivered(Throwable cause) {
    for (Call call : open) {
      if (call != null) {
        call.undelivered(cause);
      }
    }
  }

  private void expire(long limitMillis) {
    undelivered(new ReplyException(ReplyFailure.TIMEOUT, "no reply within " + limitMillis + " ms"));
  }
}
