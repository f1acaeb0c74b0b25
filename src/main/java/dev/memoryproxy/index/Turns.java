package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Lets so many pieces of background work go on at a time in the whole process; the others wait for
 * their turn. Thousands of namespaces that were opened together come due together, and their
 * requests must not stand in the way of clients' ones.
 *
 * <p>Belongs to the indexes' thread.
 */
public final class Turns {
  private final Deque<Promise<Turn>> owed = new ArrayDeque<>();
  private final Deque<Promise<Turn>> others = new ArrayDeque<>();
  private int free;

  /**
   * @param atOnce how many turns are held at most
   */
  public Turns(int atOnce) {
    this.free = atOnce;
  }

  /**
   * The right to go on, until it is ended; whoever has one and asks for another may wait for
   * itself.
   */
  public final class Turn {
    private boolean ended;

    private Turn() {}

    /** Gives the turn to whoever waits; may be called again, to no effect. */
    void end() {
      if (!ended) {
        ended = true;
        free++;
        next();
      }
    }
  }

  /**
   * Completes when it is the caller's turn. Never fails.
   *
   * @param first whether clients wait for the work: it goes before all that nobody waits for
   */
  Future<Turn> take(boolean first) {
    Promise<Turn> promise = Promise.promise();
    (first ? owed : others).add(promise);
    next();
    return promise.future();
  }

  private void next() {
    while (free > 0) {
      Promise<Turn> waiting = owed.isEmpty() ? others.poll() : owed.poll();
      if (waiting == null) {
        return;
      }
      free--;
      waiting.complete(new Turn());
    }
  }
}
