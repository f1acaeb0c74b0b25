package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a state abreast of the log, and knows what may be believed.
 *
 * <p>The last proof is a moment at which no log object after the state had been truncated. Objects
 * are truncated an hour after they were written at the earliest. So while the proof is younger than
 * ten minutes when a reply arrives, whatever the reply says of the log's next number is true:
 * absent means the head, present means the number's first and only content. Later the number may
 * have been truncated, and even put again by a process that slept, so the checkpoint is asked
 * first: if it holds no more than the state, nothing after the state was ever truncated, and the
 * reply was true; else the checkpoint is the newer state.
 *
 * <p>One operation at a time, {@link #glance} apart. Futures fail as the store does, with {@link
 * ReopenException}, or with a {@link dev.memoryproxy.blob.ProxyError} where only a newer release
 * can go on.
 */
final class LogFollower {
  /** How long a proof is believed; well under the shortest retention. */
  static final long PROOF_MILLIS = 10 * 60 * 1000L;

  private static final int PARALLEL_READS = 16;
  private static final int SINGLE_STEPS = 2;

  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final LogStore log;
  private final CheckpointStore checkpoints;
  private final Poison poison;
  private final LongSupplier tickets;
  private final Listener listener;
  private IndexState state;
  private @Nullable Mark proof;
  private boolean catchingUp;

  LogFollower(
      IndexEnvironment environment,
      Set<Rule> broken,
      LogStore log,
      CheckpointStore checkpoints,
      Poison poison,
      LongSupplier tickets,
      Listener listener) {
    this.environment = environment;
    this.broken = broken;
    this.log = log;
    this.checkpoints = checkpoints;
    this.poison = poison;
    this.tickets = tickets;
    this.listener = listener;
    this.state = new IndexState(broken);
  }

  /** Hears what happens to the state. */
  interface Listener {
    /** A log object was applied. */
    void applied(LogBatch batch, List<IndexState.Outcome> outcomes, int bytes);

    /** A log object could not be read; what it held must be found in the bucket. */
    void damaged();

    /** The state was replaced by a checkpoint's: what was applied before may have been wrong. */
    void adopted(CheckpointStore.Stored checkpoint);
  }

  IndexState state() {
    return state;
  }

  /** Goes on from a state that was just opened. */
  void restart(IndexState opened, Mark openingProof) {
    state = opened;
    proof = openingProof;
  }

  private boolean fresh() {
    TimeSource time = environment.time();
    return proof != null && proof.elapsedMillis(time) < PROOF_MILLIS;
  }

  /**
   * A request that began at {@code start} has shown, and was believed, that the state is the head
   * or that the next number is its own.
   */
  void prove(Mark start) {
    proof = start;
  }

  /**
   * Decides, after a reply about the log has arrived, whether it may be believed.
   *
   * @return false when the checkpoint was adopted instead, and everything must be asked again
   */
  Future<Boolean> believe() {
    if (fresh()) {
      return Future.succeededFuture(true);
    }
    Mark start = Mark.now(environment.time());
    return checkpoints.read().compose(stored -> compare(stored, start));
  }

  private Future<Boolean> compare(CheckpointStore.Stored stored, Mark start) {
    if (stored.damage() != null && stored.damage().newer()) {
      return poison.newer("checkpoint", stored.damage());
    }
    Checkpoint checkpoint = stored.checkpoint();
    if (checkpoint == null || !checkpoint.ours()) {
      return Future.failedFuture(new ReopenException("the checkpoint is not ours"));
    }
    if (checkpoint.seq() <= state.seq()) {
      proof = start;
      return Future.succeededFuture(true);
    }
    state = IndexState.of(checkpoint, broken);
    proof = start;
    listener.adopted(stored);
    return Future.succeededFuture(false);
  }

  /**
   * Reads on until the head.
   *
   * @return the ticket drawn before the request that showed the head: whoever arrived before it
   *     sees everything
   */
  Future<Long> tail() {
    return step(0);
  }

  private Future<Long> step(int steps) {
    if (steps >= SINGLE_STEPS && !broken.contains(Rule.CATCH_UP_BY_LISTING)) {
      return readTo(Long.MAX_VALUE).compose(read -> step(0));
    }
    long ticket = tickets.getAsLong();
    Mark start = Mark.now(environment.time());
    return log.get(state.seq() + 1)
        .compose(found -> found.isEmpty() ? absent(ticket, start) : present(found.get(), steps));
  }

  private Future<Long> absent(long ticket, Mark start) {
    if (fresh() || broken.contains(Rule.ABSENT_NEEDS_FRESH_PROOF)) {
      prove(start);
      return Future.succeededFuture(ticket);
    }
    return believe().compose(believed -> believed ? Future.succeededFuture(ticket) : step(0));
  }

  private Future<Long> present(Buffer bytes, int steps) {
    Future<Boolean> belief =
        broken.contains(Rule.PRESENT_NEEDS_FRESH_PROOF) ? Future.succeededFuture(true) : believe();
    return belief.compose(
        believed -> believed ? apply(bytes).compose(applied -> step(steps + 1)) : step(0));
  }

  /**
   * Looks at the end while another operation may be under way. It changes nothing but the proof.
   *
   * @return the ticket drawn before the request, if that showed that the state, which is still the
   *     same, was the head; empty when it showed nothing that may be believed
   */
  Future<Optional<Long>> glance() {
    if (catchingUp) {
      // The objects that are being read may be old enough to be truncated under it, all of them.
      return Future.succeededFuture(Optional.empty());
    }
    IndexState before = state;
    long seq = state.seq();
    long ticket = tickets.getAsLong();
    Mark start = Mark.now(environment.time());
    return log.get(seq + 1)
        .map(
            found -> {
              boolean head =
                  found.isEmpty() && state == before && state.seq() == seq && !catchingUp;
              if (!head || !(fresh() || broken.contains(Rule.ABSENT_NEEDS_FRESH_PROOF))) {
                return Optional.empty();
              }
              prove(start);
              return Optional.of(ticket);
            });
  }

  /** The highest number that the log has; fails when it does not follow on the state. */
  Future<Long> findHead() {
    long first = state.seq() + 1;
    return log.listFrom(first)
        .compose(
            tail ->
                believe()
                    .compose(
                        believed -> {
                          if (!believed) {
                            return findHead();
                          }
                          return tail.runsFrom(first)
                              ? Future.succeededFuture(tail.last(first - 1))
                              : Future.failedFuture(new ReopenException("the log has a hole"));
                        }));
  }

  /** Reads in parallel up to a number that the log is known to have, or to the listed head. */
  Future<Void> readTo(long last) {
    if (state.seq() >= last) {
      return Future.succeededFuture();
    }
    catchingUp = true;
    return (last == Long.MAX_VALUE ? findHead().compose(this::readChunks) : readChunks(last))
        .onComplete(done -> catchingUp = false);
  }

  private Future<Void> readChunks(long last) {
    long first = state.seq() + 1;
    if (first > last) {
      return Future.succeededFuture();
    }
    int count = (int) Math.min(PARALLEL_READS, last - first + 1);
    List<Future<Optional<Buffer>>> reads = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      reads.add(log.get(first + i));
    }
    return Future.join(reads)
        .compose(
            all ->
                believe()
                    .compose(believed -> believed ? applyAll(reads, 0) : Future.succeededFuture()))
        .compose(applied -> readChunks(last));
  }

  private Future<Void> applyAll(List<Future<Optional<Buffer>>> reads, int from) {
    if (from == reads.size()) {
      return Future.succeededFuture();
    }
    Optional<Buffer> found = reads.get(from).result();
    if (found.isEmpty()) {
      return Future.failedFuture(new ReopenException("a listed log object is gone"));
    }
    return apply(found.get()).compose(applied -> applyAll(reads, from + 1));
  }

  /** Applies the next log object as it was read; what it says must have been believed. */
  Future<Void> apply(Buffer bytes) {
    return LogCodec.decode(bytes, environment.offload())
        .transform(
            decoded -> {
              if (decoded.succeeded()) {
                applyOwn(decoded.result(), bytes.length());
                return Future.succeededFuture();
              }
              if (decoded.cause() instanceof UnreadableException damage) {
                if (damage.newer()) {
                  return poison.newer("log object " + (state.seq() + 1), damage);
                }
                poison.corrupt("log object " + (state.seq() + 1), damage);
                state.skipDamaged();
                listener.damaged();
                return Future.succeededFuture();
              }
              return Future.failedFuture(decoded.cause());
            });
  }

  /** Applies the next log object, which is known already. */
  void applyOwn(LogBatch batch, int bytes) {
    listener.applied(batch, state.apply(batch), bytes);
  }
}
