package dev.memoryproxy.index;

import dev.memoryproxy.index.ChangeQueue.Waiting;
import dev.memoryproxy.index.IndexService.Recorded;
import dev.memoryproxy.index.IndexState.Outcome;
import dev.memoryproxy.storage.PutResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Puts queued changes into the log, many with one object.
 *
 * <p>A batch is tied to its number until the log shows who won it: a request whose outcome is
 * unknown may take effect at any later time, but only where nobody else has put an object. Whoever
 * meets the batch in the log, this committer or the follower, has settled it.
 */
final class Committer {
  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final LogStore log;
  private final LogFollower follower;
  private final ChangeQueue queue;
  private final LongSupplier tickets;
  private final String writer;
  private @Nullable Batch current;
  private int lastChanges;

  Committer(
      IndexEnvironment environment,
      Set<Rule> broken,
      LogStore log,
      LogFollower follower,
      ChangeQueue queue,
      LongSupplier tickets) {
    this.environment = environment;
    this.broken = broken;
    this.log = log;
    this.follower = follower;
    this.queue = queue;
    this.tickets = tickets;
    this.writer = Ids.random(environment.random());
  }

  /** Names this process in the log. */
  String writer() {
    return writer;
  }

  /** A log object on its way. */
  private static final class Batch {
    private final long seq;
    private final LogBatch content;
    private final Buffer bytes;
    private final List<Waiting> changes;
    private final long ticket;
    private final Mark start;

    private Batch(long seq, LogBatch content, List<Waiting> changes, long ticket, Mark start) {
      this.seq = seq;
      this.content = content;
      this.bytes = LogCodec.encode(content);
      this.changes = changes;
      this.ticket = ticket;
      this.start = start;
    }
  }

  /** How many changes the last batch held. */
  int lastChanges() {
    return lastChanges;
  }

  boolean hasWork() {
    return current != null || queue.hasQueued();
  }

  /**
   * Tries until the batch is in the log or something is out of order. A failure leaves it undecided
   * and wants to be tried again a little later.
   *
   * @return the ticket drawn before the first request for the batch; a number that serves nobody
   *     when the batch is still open
   */
  Future<Long> commit() {
    Batch batch = current;
    if (batch != null && batch.seq <= follower.state().seq()) {
      drop();
      batch = null;
    }
    return put(batch == null ? prepare(follower.state().seq() + 1) : batch, 0);
  }

  private Batch prepare(long seq) {
    List<Waiting> changes = queue.take();
    lastChanges = changes.size();
    List<LogRecord> records = changes.stream().map(Waiting::made).toList();
    long indexVersion =
        Math.max(environment.time().wallMillis(), follower.state().indexVersion() + 1);
    Batch batch =
        new Batch(
            seq,
            new LogBatch(Ids.random(environment.random()), writer, indexVersion, records),
            changes,
            tickets.getAsLong(),
            Mark.now(environment.time()));
    current = batch;
    return batch;
  }

  private Future<Long> put(Batch batch, int losses) {
    if (broken.contains(Rule.AGE_JUDGED_AFTER_PUT)) {
      return follower.believe().compose(b -> b ? send(batch, losses) : none());
    }
    return send(batch, losses);
  }

  private Future<Long> send(Batch batch, int losses) {
    Mark start = Mark.now(environment.time());
    Future<PutResult> put = log.putIfAbsent(batch.seq, batch.bytes);
    // A process that is behind reads what it lacks while its own object is on its way.
    Future<Void> read = follower.readTo(batch.seq - 1);
    return put.transform(
        outcome ->
            read.compose(
                ready -> {
                  if (current != batch || follower.state().seq() != batch.seq - 1) {
                    return none();
                  }
                  if (outcome.failed()) {
                    return look(batch, losses, false, outcome.cause());
                  }
                  return outcome.result().status() == PutResult.Status.STORED
                      ? stored(batch, start)
                      : look(batch, losses, true, null);
                }));
  }

  private Future<Long> stored(Batch batch, Mark start) {
    Future<Boolean> belief =
        broken.contains(Rule.AGE_JUDGED_AFTER_PUT)
            ? Future.succeededFuture(true)
            : follower.believe();
    return belief.compose(believed -> believed ? won(batch, start) : none());
  }

  /** Applies the batch; the follower's listener hears of it and calls {@link #applied}. */
  private Future<Long> won(Batch batch, Mark start) {
    follower.applyOwn(batch.content, batch.bytes.length());
    follower.prove(start);
    return Future.succeededFuture(batch.ticket);
  }

  private Future<Long> look(Batch batch, int losses, boolean refused, @Nullable Throwable failure) {
    if (refused && broken.contains(Rule.BATCH_ID_CHECKED)) {
      return won(batch, batch.start);
    }
    return log.get(batch.seq)
        .compose(
            found ->
                found.isEmpty()
                    ? nobody(batch, losses, refused, failure)
                    : somebody(batch, losses, found));
  }

  private Future<Long> nobody(
      Batch batch, int losses, boolean refused, @Nullable Throwable failure) {
    if (!refused) {
      return Future.failedFuture(
          failure != null ? failure : new IllegalStateException("refused without a reason"));
    }
    if (broken.contains(Rule.REFUSED_THEN_ABSENT_REOPENS)) {
      follower.prove(Mark.now(environment.time()));
      return put(batch, losses);
    }
    return Future.failedFuture(new ReopenException("the log object was truncated"));
  }

  private Future<Long> somebody(Batch batch, int losses, Optional<Buffer> found) {
    return follower
        .believe()
        .compose(
            believed ->
                believed
                    ? follower.apply(found.orElseThrow()).compose(a -> decided(batch, losses))
                    : none());
  }

  private Future<Long> decided(Batch batch, int losses) {
    if (current == batch) {
      return contend(losses + 1);
    }
    // The object was ours, so the first request for it proves what its success would have proved.
    follower.prove(batch.start);
    return Future.succeededFuture(batch.ticket);
  }

  private Future<Long> contend(int losses) {
    drop();
    if (!queue.hasQueued()) {
      return none();
    }
    // One lost race is no sign of being behind; after two, only a listing shows how far.
    if (losses < 2 || broken.contains(Rule.CATCH_UP_BY_LISTING)) {
      return put(prepare(follower.state().seq() + 1), losses);
    }
    return follower.findHead().compose(head -> put(prepare(head + 1), losses));
  }

  private static Future<Long> none() {
    return Future.succeededFuture(0L);
  }

  /** The changes under way are undecided and will be put again, as the same writes. */
  void drop() {
    current = null;
    queue.giveBack();
  }

  /**
   * A log object was applied: perhaps the one under way.
   *
   * @return tells those who wait what became of their changes
   */
  List<Runnable> applied(LogBatch batch, List<Outcome> outcomes) {
    Batch mine = current;
    if (mine == null || !mine.content.id().equals(batch.id())) {
      return List.of();
    }
    current = null;
    queue.settled();
    IndexState state = follower.state();
    List<Runnable> decisions = new ArrayList<>(outcomes.size());
    for (int i = 0; i < outcomes.size(); i++) {
      Waiting waiting = mine.changes.get(i);
      LogRecord made = waiting.made();
      boolean kept = outcomes.get(i) == Outcome.KEPT;
      Entry present = state.entry(made.path());
      Entry entry = kept || present == null ? Entry.of(made, state.indexVersion()) : present;
      Recorded recorded = new Recorded(entry.toIndexEntry(), state.indexVersion(), kept);
      decisions.add(() -> waiting.decide(recorded));
    }
    return decisions;
  }
}
