package dev.memoryproxy.http;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives up answers to clients that stopped reading them. A limit on silent connections would not
 * do: other streams keep one busy, and a request that waits for its turn keeps one silent. One for
 * a verticle instance, confined to its event loop.
 */
final class StreamWatch {
  private static final long NOTHING_SEEN = -1;

  /** What each had sent when it was last looked at. */
  private final Map<Exchange, Long> answers = new HashMap<>();

  /**
   * Watches until the verticle is undeployed.
   *
   * @param limit how long an answer that has begun may stand still; up to twice as long goes unseen
   */
  StreamWatch(Vertx vertx, Duration limit) {
    vertx.setPeriodic(limit.toMillis(), ignored -> look());
  }

  void begin(Exchange exchange) {
    answers.put(exchange, NOTHING_SEEN);
  }

  /** The answer is over. */
  void end(Exchange exchange) {
    answers.remove(exchange);
  }

  private void look() {
    // Giving one up ends it.
    List.copyOf(answers.keySet()).forEach(this::look);
  }

  private void look(Exchange exchange) {
    long written = exchange.response().bytesWritten();
    Long seen = answers.replace(exchange, written);
    if (seen != null && written == seen && exchange.response().headWritten()) {
      exchange.abort();
    }
  }
}
