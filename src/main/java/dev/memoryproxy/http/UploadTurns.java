package dev.memoryproxy.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Lets large bodies in by turns. If all that are offered were read at once they would take the
 * processor from those that are on their way to the store, whose deadlines run: then hardly any
 * gets there. So only so many bytes are taken in and stored at a time; the other clients wait with
 * their bodies unsent, and cost a socket each.
 *
 * <p>First come, first served. A body keeps its turn until it is stored; while it is still being
 * received only for a while, so that slow clients, who take no time from anybody, hold nobody up.
 * Thread-safe.
 */
final class UploadTurns {
  /** For a body that does not say its length. */
  static final long UNANNOUNCED_BYTES = 8L << 20;

  private static final long USUAL_BYTES = 256L << 20;
  private static final Duration USUAL_PATIENCE = Duration.ofSeconds(60);
  private static final Duration USUAL_HOLD = Duration.ofSeconds(10);

  /** However large they are, so many bodies are always under way. */
  private static final int AT_LEAST = 4;

  private final long bytes;
  private final Duration patience;
  private final Duration hold;
  private final Set<Turn> queue = new LinkedHashSet<>();
  private long underWay;

  /**
   * All turns free.
   *
   * @param bytes of bodies that are under way at a time
   * @param patience how long a body waits for its turn; clients and what is between give up at some
   *     time
   * @param hold how long receiving a body counts as its turn
   */
  UploadTurns(long bytes, Duration patience, Duration hold) {
    this.bytes = bytes;
    this.patience = patience;
    this.hold = hold;
  }

  static UploadTurns usual() {
    return new UploadTurns(USUAL_BYTES, USUAL_PATIENCE, USUAL_HOLD);
  }

  /** How long receiving a body counts as its turn; then it is to be ended. */
  Duration hold() {
    return hold;
  }

  /** Those that wait now. */
  synchronized int waiting() {
    return queue.size();
  }

  /** Bytes now under way; what is larger than its share counts as its share. */
  synchronized long underWay() {
    return underWay;
  }

  /**
   * Asks for a body's turn; to be ended whatever becomes of the body.
   *
   * @param length of the body
   */
  Turn take(Vertx vertx, long length) {
    Turn turn = new Turn(Math.min(length, bytes / AT_LEAST));
    synchronized (this) {
      queue.add(turn);
    }
    admit();
    turn.waitFor(vertx);
    return turn;
  }

  private void admit() {
    List<Turn> granted = new ArrayList<>();
    synchronized (this) {
      Iterator<Turn> eldestFirst = queue.iterator();
      while (eldestFirst.hasNext()) {
        Turn next = eldestFirst.next();
        if (underWay + next.weight > bytes) {
          break;
        }
        eldestFirst.remove();
        underWay += next.weight;
        granted.add(next);
      }
    }
    granted.forEach(turn -> turn.begun.tryComplete());
  }

  /** The right to have a body under way, once it has begun. Thread-safe. */
  final class Turn {
    private final long weight;
    private final Promise<Void> begun = Promise.promise();
    private Future<Void> delivered = begun.future();
    private boolean ended;

    private Turn(long weight) {
      this.weight = weight;
    }

    private void waitFor(Vertx vertx) {
      if (!begun.future().isComplete()) {
        long timer = vertx.setTimer(patience.toMillis(), elapsed -> end());
        delivered =
            OnContext.deliver(vertx.getOrCreateContext(), begun.future())
                .onComplete(done -> vertx.cancelTimer(timer));
      }
    }

    /**
     * Completes on the context of whoever asked for it; fails with {@code OVERLOADED} when it has
     * waited too long.
     */
    Future<Void> begun() {
      return delivered;
    }

    /** Gives the turn, or the place in the queue, to whoever waits; further calls do nothing. */
    void end() {
      synchronized (UploadTurns.this) {
        if (ended) {
          return;
        }
        ended = true;
        if (!queue.remove(this)) {
          underWay -= weight;
        }
      }
      begun.tryFail(UploadGate.tooMany());
      admit();
    }
  }
}
