package dev.memoryproxy.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;

/**
 * Watches one connection while no request is under way: headers that trickle in keep the idle
 * timeout from firing, so the time until the next complete request has a limit of its own. Confined
 * to the connection's event loop.
 */
final class ConnectionGuard {
  private static final long LATE_MILLIS = 1_000;

  private final Vertx vertx;
  private final HttpConnection connection;
  private final long idleMillis;
  private int underWay;
  private boolean waiting;
  private boolean closing;
  private long deadlineNanos;
  private long timer = -1;

  ConnectionGuard(
      Vertx vertx, HttpConnection connection, Duration firstRequest, Duration nextRequest) {
    this.vertx = vertx;
    this.connection = connection;
    this.idleMillis = nextRequest.toMillis();
    await(firstRequest.toMillis());
  }

  /** A request has arrived. */
  void busy() {
    underWay++;
    waiting = false;
  }

  /** A request has been answered. */
  void idle() {
    if (--underWay == 0) {
      await(idleMillis);
    }
  }

  /** The answer in progress is the connection's last. */
  void closing() {
    closing = true;
  }

  /** Whether the client was told that no further request will be served. */
  boolean isClosing() {
    return closing;
  }

  /** The connection is gone. */
  void closed() {
    waiting = false;
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
  }

  private void await(long millis) {
    waiting = true;
    deadlineNanos = System.nanoTime() + millis * 1_000_000;
    // A timer that is already running looks at the new deadline when it fires.
    if (timer < 0) {
      arm(millis);
    }
  }

  private void arm(long millis) {
    timer = vertx.setTimer(Math.max(1, millis), ignored -> expire());
  }

  private void expire() {
    timer = -1;
    if (!waiting) {
      return;
    }
    long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (left > 0) {
      arm(left);
    } else if (left < -LATE_MILLIS) {
      // This loop is behind: the request may have arrived and not been looked at.
      deadlineNanos = System.nanoTime() + LATE_MILLIS * 1_000_000;
      arm(LATE_MILLIS);
    } else {
      connection.close();
    }
  }
}
