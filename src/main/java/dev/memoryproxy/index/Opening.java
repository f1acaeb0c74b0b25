package dev.memoryproxy.index;

import dev.memoryproxy.storage.PutResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Builds a state from the bucket: the checkpoint, then every log object after it.
 *
 * <p>The log object that the checkpoint ends with must still be listed, and no number after it may
 * be missing; otherwise the log was truncated meanwhile under a newer checkpoint, and everything is
 * read again. The same hole three times under the same checkpoint is damage: then the state is
 * rebuilt from whatever is readable, an empty log object marks the place, and a checkpoint makes it
 * every process's state before anybody is answered.
 */
final class Opening {
  private static final int PARALLEL_READS = 16;
  private static final int SAME_HOLES = 3;
  private static final long PAUSE_MILLIS = 300;

  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final LogStore log;
  private final CheckpointStore checkpoints;
  private final Poison poison;
  private final LongSupplier tickets;
  private @Nullable String hole;
  private int holes;

  Opening(
      IndexEnvironment environment,
      Set<Rule> broken,
      LogStore log,
      CheckpointStore checkpoints,
      Poison poison,
      LongSupplier tickets) {
    this.environment = environment;
    this.broken = broken;
    this.log = log;
    this.checkpoints = checkpoints;
    this.poison = poison;
    this.tickets = tickets;
  }

  /**
   * An opened namespace.
   *
   * @param checkpoint what the bucket holds as its checkpoint
   * @param logBytes size of the log objects after it
   * @param proof when the log's end was looked at
   * @param ticket whoever arrived before it sees everything
   * @param doubt whether the bucket's objects must be compared before anybody is answered
   */
  record Opened(
      IndexState state,
      CheckpointStore.Stored checkpoint,
      long logBytes,
      Mark proof,
      long ticket,
      Doubt doubt) {}

  /** Reads until what was read fits together; fails as the store does. */
  Future<Opened> open() {
    Mark start = Mark.now(environment.time());
    return checkpoints
        .read()
        .compose(
            stored -> {
              UnreadableException damage = stored.damage();
              if (damage != null) {
                if (damage.newer()) {
                  return poison.newer("checkpoint", damage);
                }
                poison.corrupt("checkpoint", damage);
              }
              return list(new Draft(stored, start));
            });
  }

  private Future<Opened> list(Draft draft) {
    draft.ticket = tickets.getAsLong();
    draft.proof = Mark.now(environment.time());
    return log.listFrom(Math.max(1, draft.covered))
        .compose(
            tail -> {
              draft.numbers = tail.numbers();
              boolean whole =
                  tail.runsFrom(Math.max(1, draft.covered))
                      && (draft.covered == 0 || !tail.numbers().isEmpty());
              if (whole || broken.contains(Rule.GAP_STOPS_OPENING)) {
                return read(draft, 0);
              }
              return holeSeen(draft);
            });
  }

  private Future<Opened> holeSeen(Draft draft) {
    // Only the beginning identifies a hole: the end goes on moving.
    List<Long> numbers = draft.numbers;
    int firstHole = 0;
    while (firstHole + 1 < numbers.size()
        && numbers.get(firstHole + 1) == numbers.get(firstHole) + 1) {
      firstHole++;
    }
    String seen =
        draft.stored.etag()
            + (numbers.isEmpty() ? " empty" : " " + numbers.get(0) + " " + numbers.get(firstHole));
    holes = Objects.equals(seen, hole) ? holes + 1 : 1;
    hole = seen;
    if (holes >= SAME_HOLES) {
      draft.rebuilding = true;
      return read(draft, 0);
    }
    return again();
  }

  private Future<Opened> again() {
    Promise<Void> waited = Promise.promise();
    long pause = PAUSE_MILLIS + environment.random().nextLong(PAUSE_MILLIS);
    environment.scheduler().after(pause, waited::complete);
    return waited.future().compose(v -> open());
  }

  /** Reads and applies the listed objects after the checkpoint, a few at a time. */
  private Future<Opened> read(Draft draft, int from) {
    List<Long> numbers = new ArrayList<>();
    List<Future<Optional<Buffer>>> reads = new ArrayList<>();
    int next = from;
    while (next < draft.numbers.size() && reads.size() < PARALLEL_READS) {
      long seq = draft.numbers.get(next++);
      if (seq > draft.covered) {
        numbers.add(seq);
        reads.add(log.get(seq));
      }
    }
    if (reads.isEmpty() && next >= draft.numbers.size()) {
      return finish(draft);
    }
    int resume = next;
    return Future.join(reads)
        .compose(all -> applyAll(draft, numbers, reads, 0))
        .compose(whole -> whole ? read(draft, resume) : again());
  }

  /**
   * Applies what was read, in order.
   *
   * @return false when an object that was listed is gone
   */
  private Future<Boolean> applyAll(
      Draft draft, List<Long> numbers, List<Future<Optional<Buffer>>> reads, int from) {
    if (from == reads.size()) {
      return Future.succeededFuture(true);
    }
    Optional<Buffer> found = reads.get(from).result();
    if (found.isEmpty() && !draft.rebuilding) {
      return Future.succeededFuture(false);
    }
    return (found.isEmpty()
            ? Future.<Void>succeededFuture()
            : apply(draft, numbers.get(from), found.get()))
        .compose(applied -> applyAll(draft, numbers, reads, from + 1));
  }

  private Future<Void> apply(Draft draft, long seq, Buffer bytes) {
    draft.state.leapTo(seq - 1);
    draft.logBytes += bytes.length();
    return LogCodec.decode(bytes, environment.offload())
        .transform(
            decoded -> {
              if (decoded.succeeded()) {
                draft.state.apply(decoded.result());
                return Future.succeededFuture();
              }
              if (!(decoded.cause() instanceof UnreadableException damage)) {
                return Future.failedFuture(decoded.cause());
              }
              if (damage.newer()) {
                return poison.newer("log object " + seq, damage);
              }
              poison.corrupt("log object " + seq, damage);
              draft.state.skipDamaged();
              draft.doubt = Doubt.LOST;
              return Future.succeededFuture();
            });
  }

  private Future<Opened> finish(Draft draft) {
    // What was listed may have been truncated and even put again since the checkpoint was read.
    if (draft.start.elapsedMillis(environment.time()) >= LogFollower.PROOF_MILLIS
        && !broken.contains(Rule.GAP_STOPS_OPENING)) {
      return again();
    }
    return draft.rebuilding ? rebuilt(draft) : Future.succeededFuture(draft.opened(draft.stored));
  }

  private Future<Opened> rebuilt(Draft draft) {
    IndexState state = draft.state;
    state.leapTo(draft.covered);
    LogBatch anchor =
        new LogBatch(
            Ids.random(environment.random()),
            "rebuild",
            Math.max(environment.time().wallMillis(), state.indexVersion() + 1),
            List.of());
    return log.putIfAbsent(state.seq() + 1, LogCodec.encode(anchor))
        .compose(
            put -> {
              if (put.status() != PutResult.Status.STORED) {
                return again();
              }
              state.apply(anchor);
              state.forgetHistory();
              return fix(draft);
            });
  }

  private Future<Opened> fix(Draft draft) {
    draft.state.setUnverified(true);
    IndexState.Snapshot snapshot = draft.state.snapshot();
    return environment
        .offload()
        .run(() -> CheckpointCodec.encode(snapshot))
        .eventually(
            () -> {
              snapshot.close();
              return Future.succeededFuture();
            })
        .compose(
            bytes ->
                checkpoints
                    .replace(bytes, draft.stored.etag())
                    .compose(
                        put -> {
                          if (put.status() != PutResult.Status.STORED) {
                            return again();
                          }
                          poison.rebuilt(draft.state.seq());
                          draft.doubt = Doubt.LOST;
                          draft.logBytes = 0;
                          return Future.succeededFuture(
                              draft.opened(
                                  new CheckpointStore.Stored(
                                      put.etag(), bytes.length(), snapshotOf(draft), null)));
                        }));
  }

  private static Checkpoint snapshotOf(Draft draft) {
    Checkpoint none = Checkpoint.none();
    IndexState state = draft.state;
    return new Checkpoint(
        true, state.seq(), state.indexVersion(), state.deltaFloor(), 0, 0, none.entries(), true);
  }

  /** One pass over the bucket. */
  private final class Draft {
    private final CheckpointStore.Stored stored;
    private final Mark start;
    private final IndexState state;
    private final long covered;
    private List<Long> numbers = List.of();
    private long logBytes;
    private Mark proof;
    private long ticket;
    private Doubt doubt;
    private boolean rebuilding;

    private Draft(CheckpointStore.Stored stored, Mark start) {
      Checkpoint checkpoint = stored.checkpoint();
      Checkpoint base = checkpoint == null ? Checkpoint.none() : checkpoint;
      this.stored = stored;
      this.start = start;
      this.proof = start;
      this.covered = base.seq();
      this.state = IndexState.of(base, broken);
      if (checkpoint == null) {
        this.doubt = Doubt.LOST;
      } else {
        this.doubt = doubtOf(checkpoint);
      }
    }

    private static Doubt doubtOf(Checkpoint checkpoint) {
      if (checkpoint.unverified()) {
        return Doubt.LOST;
      }
      return checkpoint.ours() ? Doubt.NONE : Doubt.FOREIGN;
    }

    private Opened opened(CheckpointStore.Stored checkpoint) {
      return new Opened(state, checkpoint, logBytes, proof, ticket, doubt);
    }
  }
}
