package dev.memoryproxy.http;

import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * Gives up the answer to a client that stopped reading it. A limit on silent connections would not
 * do: other streams keep one busy, and a request that waits for its turn keeps one silent. Confined
 * to the request's event loop.
 */
final class StreamWatch {
  private final Vertx vertx;
  private final Exchange exchange;
  private final long timer;
  private long seen = -1;

  /**
   * Starts to watch.
   *
   * @param limit how long an answer that has begun may stand still; up to twice as long goes unseen
   */
  StreamWatch(Vertx vertx, Exchange exchange, Duration limit) {
    this.vertx = vertx;
    this.exchange = exchange;
    this.timer = vertx.setPeriodic(limit.toMillis(), ignored -> look());
  }

  /** The answer is over. */
  void end() {
    vertx.cancelTimer(timer);
  }

  private void look() {
    long written = exchange.response().bytesWritten();
    if (exchange.response().headWritten() && written == seen) {
      exchange.abort();
    }
    seen = written;
  }
}
