package dev.memoryproxy.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.IdentityHashMap;

/**
 * The open connections of one verticle instance, and the answers under way on them. Confined to its
 * event loop.
 */
final class Connections {
  private final Vertx vertx;
  private final Duration firstRequest;
  private final Duration nextRequest;
  private final IdentityHashMap<HttpConnection, ConnectionGuard> guards = new IdentityHashMap<>();
  private final StreamWatch answers;
  private boolean stopping;
  private long graceEndsNanos;

  Connections(Vertx vertx, HttpSettings settings) {
    this.vertx = vertx;
    this.firstRequest = settings.timeouts().header();
    this.nextRequest = settings.timeouts().idle();
    this.answers = new StreamWatch(vertx, settings.timeouts().idle());
  }

  /** The answers that have begun or will. */
  StreamWatch answers() {
    return answers;
  }

  /** Starts to watch a connection, until it closes. */
  void opened(HttpConnection connection) {
    ConnectionGuard guard = new ConnectionGuard(vertx, connection, firstRequest, nextRequest);
    guards.put(connection, guard);
    connection.shutdownHandler(ignored -> guard.closing());
    connection.closeHandler(
        ignored -> {
          guards.remove(connection);
          guard.closed();
        });
  }

  /** From now on requests have so much time to end by themselves. */
  void stopping(Duration grace) {
    stopping = true;
    graceEndsNanos = System.nanoTime() + grace.toNanos();
  }

  /** Whether requests that go on are cut off now, because their time is over. */
  boolean cutsOff() {
    return stopping && System.nanoTime() - graceEndsNanos >= 0;
  }

  /** The guard of an open connection; a new one that nobody calls again when it just closed. */
  ConnectionGuard guard(HttpConnection connection) {
    ConnectionGuard guard = guards.get(connection);
    return guard != null
        ? guard
        : new ConnectionGuard(vertx, connection, firstRequest, nextRequest);
  }
}
