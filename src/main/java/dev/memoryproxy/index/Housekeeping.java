package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an open namespace does on its own: checkpoints, truncation, purging, healing. A task that
 * fails is reported and comes round again.
 */
final class Housekeeping {
  private static final long IDLE_MILLIS = 2_000;
  private static final long HOUR_MILLIS = 3_600_000;
  private static final long DAY_MILLIS = 24 * HOUR_MILLIS;
  private static final long HEAL_AFTER_OPENING_MILLIS = 5_000;
  private static final long SILENCE_MILLIS = 60_000;
  private static final long HEAL_AGAIN_MILLIS = 600_000;
  private static final long RETRY_MILLIS = 2_000;
  private static final int SUSPECT_BATCHES = 4;
  private static final int SUSPECTS_QUEUED = 10_000;
  private static final int PURGED_AT_ONCE = 1000;

  private final IndexEnvironment environment;
  private final long tombstoneMillis;
  private final NamespaceIndex index;
  private final Checkpointer checkpointer;
  private final Truncation truncation;
  private final Healer healer;
  private final TombstoneSweep sweep;
  private final Map<String, Mark> otherWriters = new HashMap<>();
  private final Set<String> suspects = new HashSet<>();
  private final Deque<String> suspectsWaiting = new ArrayDeque<>();
  private int looking;
  private boolean stopped;
  private boolean healing;
  private boolean tidying;
  private boolean owed;
  private boolean truncating;
  private @Nullable Promise<Void> comparison;
  private Mark lastApplied;
  private Mark lastHeal;
  private Mark lastDaily;
  private Scheduler.@Nullable Timer idleTimer;
  private Scheduler.@Nullable Timer silenceTimer;
  private Scheduler.@Nullable Timer healTimer;
  private Scheduler.@Nullable Timer retryTimer;
  private Scheduler.@Nullable Timer hourTimer;

  Housekeeping(
      IndexEnvironment environment,
      IndexSettings settings,
      NamespaceIndex index,
      Checkpointer checkpointer,
      Truncation truncation,
      Healer healer) {
    this.environment = environment;
    this.tombstoneMillis = settings.tombstoneRetention().toMillis();
    this.index = index;
    this.checkpointer = checkpointer;
    this.truncation = truncation;
    this.healer = healer;
    this.sweep = new TombstoneSweep(environment.store());
    this.lastApplied = Mark.now(environment.time());
    this.lastHeal = lastApplied;
    this.lastDaily = lastApplied;
  }

  /** The namespace was opened, perhaps again. */
  void opened() {
    tidying = true;
    if (healTimer == null) {
      healTimer =
          after(
              HEAL_AFTER_OPENING_MILLIS,
              () -> {
                healTimer = null;
                heal();
              });
    }
    if (hourTimer == null) {
      hourTimer = after(HOUR_MILLIS, this::hourly);
    }
    touch();
  }

  /** A log object was applied. */
  void applied(LogBatch batch) {
    lastApplied = Mark.now(environment.time());
    if (batch.writer().equals(index.writer())) {
      touch();
    } else {
      otherWriters.put(batch.writer(), lastApplied);
      listenOn();
    }
  }

  /** A comparison is done; the bucket should know, so that it is not made again. */
  void verified() {
    touch();
  }

  private void touch() {
    if (idleTimer == null) {
      idleTimer = after(IDLE_MILLIS, this::idle);
    }
  }

  private Scheduler.Timer after(long millis, Runnable task) {
    if (stopped) {
      // A timer would keep a whole index in memory.
      return () -> {};
    }
    // Spread out, so that processes that started together do not do everything together.
    long jitter = environment.random().nextLong(millis / 4 + 1);
    return environment
        .scheduler()
        .after(
            millis + jitter,
            () -> {
              if (!stopped) {
                task.run();
              }
            });
  }

  /** An operation on the log is over: whatever is due now. */
  void look() {
    if (stopped) {
      return;
    }
    if (index.mustHeal() && retryTimer == null) {
      heal();
    }
    if (checkpointer.due()) {
      report(checkpointer.write(), "checkpoint");
    }
  }

  private void idle() {
    idleTimer = null;
    if (lastApplied.elapsedMillis(environment.time()) < IDLE_MILLIS) {
      touch();
    } else if (checkpointer.worthwhile()) {
      report(checkpointer.write().onFailure(failed -> touch()), "checkpoint");
    } else if (!index.mustHeal()) {
      report(index.announce(), "announcement");
    }
  }

  private void hourly() {
    hourTimer = after(HOUR_MILLIS, this::hourly);
    if (checkpointer.worthwhile()) {
      touch();
    }
    truncate();
    if (lastDaily.elapsedMillis(environment.time()) >= DAY_MILLIS) {
      lastDaily = Mark.now(environment.time());
      tidying = true;
      heal();
    }
  }

  private void truncate() {
    if (!truncating) {
      truncating = true;
      report(
          truncation.run(checkpointer.durableSeq()).onComplete(done -> truncating = false),
          "truncation");
    }
  }

  /** Tombstones that everybody has had time to see leave the published index. */
  private Future<Void> purge(long now) {
    if (tombstoneMillis == 0) {
      return Future.succeededFuture();
    }
    long before = now - tombstoneMillis;
    IndexState.Snapshot snapshot = index.state().snapshot();
    return environment
        .offload()
        .run(
            () -> {
              List<LogRecord> old = new ArrayList<>();
              snapshot.forEach(
                  (path, entry) -> {
                    if (entry.deleted() && !entry.purged() && entry.lastModified() < before) {
                      old.add(LogRecord.purge(path, entry));
                    }
                  });
              return old;
            })
        .eventually(
            () -> {
              snapshot.close();
              return Future.succeededFuture();
            })
        .compose(old -> purge(old, 0));
  }

  private Future<Void> purge(List<LogRecord> old, int from) {
    if (from >= old.size()) {
      return Future.succeededFuture();
    }
    int to = Math.min(old.size(), from + PURGED_AT_ONCE);
    return index.enqueueAll(old.subList(from, to)).compose(done -> purge(old, to));
  }

  /**
   * A process that was committing and stopped may have died between a file and its entry. Not too
   * often: writers also pause.
   */
  private void listenForSilence() {
    silenceTimer = null;
    owed |=
        otherWriters
            .values()
            .removeIf(last -> last.elapsedMillis(environment.time()) > SILENCE_MILLIS);
    if (owed && lastHeal.elapsedMillis(environment.time()) > HEAL_AGAIN_MILLIS) {
      heal();
    }
    listenOn();
  }

  private void listenOn() {
    if (silenceTimer == null && (owed || !otherWriters.isEmpty())) {
      silenceTimer = after(SILENCE_MILLIS, this::listenForSilence);
    }
  }

  private void heal() {
    if (healing || stopped) {
      return;
    }
    healing = true;
    Promise<Void> compared = Promise.promise();
    comparison = compared;
    lastHeal = Mark.now(environment.time());
    boolean obliged = index.mustHeal();
    int doubts = index.doubts().count();
    BucketScan scan =
        new BucketScan(environment, index, healer, index.doubts().worst() == Doubt.LOST);
    scan.run(Repair.CAUTIOUS, obliged)
        .onComplete(
            done -> {
              healing = false;
              comparison = null;
              if (stopped) {
                compared.complete();
                return;
              }
              owed = done.failed();
              if (done.succeeded()) {
                if (obliged) {
                  // What was just taken over or mended is left as it is until tomorrow.
                  tidying = false;
                  index.healed(doubts);
                  compared.complete();
                } else {
                  tidy(scan).onComplete(tidied -> compared.complete());
                }
                // A reason for another comparison may have come up meanwhile.
                look();
              } else {
                complain("healing", done.cause());
                listenOn();
                if (index.mustHeal()) {
                  healAgain();
                  index.healFailed(done.cause());
                }
                compared.complete();
              }
            });
  }

  /**
   * What is due once a day, and after each opening, since many a namespace is never open for long.
   * Never fails; failures are reported.
   */
  private Future<Void> tidy(BucketScan scan) {
    if (!tidying) {
      return Future.succeededFuture();
    }
    tidying = false;
    report(sweep.run(scan.purged()), "removal of old tombstones");
    if (truncation.due(scan.oldestLogAge())) {
      truncate();
    }
    // By the store's clock: a machine's own may be years off when it starts.
    return purge(scan.began())
        .recover(
            cause -> {
              complain("purge", cause);
              return Future.succeededFuture();
            });
  }

  /** A failure must not be answered with the next attempt at once. */
  private void healAgain() {
    if (retryTimer == null) {
      retryTimer =
          after(
              RETRY_MILLIS,
              () -> {
                retryTimer = null;
                look();
              });
    }
  }

  /** Whether no work is under way. */
  boolean atRest() {
    return !healing && !truncating && suspects.isEmpty() && !checkpointer.isWriting();
  }

  /**
   * The comparison that follows an opening, if it is still due, then a checkpoint, if it says
   * something new. Whoever is closed soon after each opening would never be compared otherwise.
   */
  Future<Void> finishUp() {
    if (healTimer != null) {
      healTimer.cancel();
      healTimer = null;
      heal();
    }
    Promise<Void> running = comparison;
    Future<Void> compared = running == null ? Future.succeededFuture() : running.future();
    return compared
        .compose(done -> stopped ? Future.succeededFuture() : index.announce())
        .compose(
            done ->
                !stopped && checkpointer.worthwhile()
                    ? checkpointer.write()
                    : Future.<Void>succeededFuture())
        .recover(
            cause -> {
              complain("checkpoint", cause);
              return Future.succeededFuture();
            });
  }

  /** Looks into one path, unless somebody already does. */
  void suspect(String path) {
    if (suspects.size() < SUSPECTS_QUEUED && suspects.add(path)) {
      suspectsWaiting.add(path);
      nextSuspects();
    }
  }

  /** Whoever waits is looked into together, behind one pause. */
  private void nextSuspects() {
    if (looking >= SUSPECT_BATCHES || suspectsWaiting.isEmpty() || stopped) {
      return;
    }
    List<Doubtful> batch = suspectsWaiting.stream().map(Doubtful::unseen).toList();
    suspectsWaiting.clear();
    looking++;
    Future<Void> mended =
        environment
            .comparisons()
            .take(index.mustHeal())
            .compose(
                turn ->
                    index
                        .tail(true)
                        .compose(current -> healer.mend(batch, false, turn))
                        .onComplete(looked -> turn.end()))
            .<Void>mapEmpty()
            .onComplete(
                done -> {
                  looking--;
                  batch.forEach(each -> suspects.remove(each.path()));
                  nextSuspects();
                });
    report(mended, "healing");
  }

  Future<ReindexReport> reindex(Repair repair) {
    return new BucketScan(environment, index, healer, true).run(repair, true);
  }

  private void report(Future<Void> task, String what) {
    task.onFailure(cause -> complain(what, cause));
  }

  private void complain(String what, Throwable cause) {
    if (!stopped) {
      environment
          .alarms()
          .raise(
              Alarms.Kind.BACKGROUND,
              "The "
                  + what
                  + " of namespace "
                  + healer.namespace()
                  + " failed and will be tried again: "
                  + cause.getMessage());
    }
  }

  void stop() {
    stopped = true;
    for (Scheduler.Timer timer :
        new Scheduler.@Nullable Timer[] {
          idleTimer, silenceTimer, healTimer, retryTimer, hourTimer
        }) {
      if (timer != null) {
        timer.cancel();
      }
    }
  }
}
