package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.IndexService.Recorded;
import dev.memoryproxy.index.IndexService.Standing;
import dev.memoryproxy.storage.StorageErrors;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The index of one namespace: a state in memory, the log in the bucket that makes it, and the
 * checkpoint that shortens the log.
 *
 * <p>A change is acknowledged when the log object that holds it is durable, applied, and certain. A
 * crash before that leaves the file without its entry; whoever opens the namespace next, reads the
 * file, or compares the bucket with the index heals it. A reader is answered after a look at the
 * log's end that began after it arrived.
 *
 * <p>Belongs to one thread or Vert.x context; so do all callbacks. Opens itself when it is first
 * used. Futures fail with {@link ProxyError} only.
 */
public final class NamespaceIndex {
  private static final long RECORD_MILLIS = 10_000;
  private static final long RETRY_FIRST_MILLIS = 100;
  private static final long RETRY_LAST_MILLIS = 3_000;
  private static final int REOPENS = 8;

  /**
   * Looks beside the operation under way. Without them a reader who comes while one is under way
   * waits for two round trips; each more costs requests where the store is near.
   */
  static final int GLANCES_AT_ONCE = 2;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final Namespace namespace;
  private final String root;
  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final LogStore log;
  private final CheckpointStore checkpoints;
  private final Poison poison;
  private final LogFollower follower;
  private final ChangeQueue queue;
  private final Backlog backlog;
  private final Committer committer;
  private final Gathering commits;
  private final Checkpointer checkpointer;
  private final Housekeeping housekeeping;
  private final Announcer announcer;
  private final Readers readers = new Readers();
  private final Doubts doubts = new Doubts();
  private final List<Runnable> told = new ArrayList<>();
  private long ticket;

  /** Readers up to this ticket came before a look that is under way, or over. */
  private long looked;

  private int glances;
  private boolean open;
  private boolean busy;
  private boolean gathering;
  private boolean closed;
  private int failures;
  private int reopens;
  private Scheduler.@Nullable Timer retry;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  public NamespaceIndex(
      IndexEnvironment environment,
      IndexSettings settings,
      String storePrefix,
      Namespace namespace) {
    this(
        environment,
        settings,
        storePrefix,
        namespace,
        EnumSet.noneOf(Rule.class),
        new NamespaceRegistry(environment.store(), storePrefix)
            .announcer(namespace, environment.alarms()));
  }

  /**
   * @param broken rules that are switched off, by tests only
   */
  NamespaceIndex(
      IndexEnvironment environment,
      IndexSettings settings,
      String storePrefix,
      Namespace namespace,
      Set<Rule> broken,
      Announcer announcer) {
    this.namespace = namespace;
    this.announcer = announcer;
    this.root = namespace.keyRoot(storePrefix);
    this.environment = environment;
    this.broken = broken;
    this.log = new LogStore(environment.store(), root);
    this.checkpoints = new CheckpointStore(environment.store(), environment.offload(), root);
    this.poison = new Poison(namespace, environment.alarms());
    this.follower =
        new LogFollower(
            environment, broken, log, checkpoints, poison, this::nextTicket, new Heard());
    this.backlog = settings.backlog();
    this.queue = new ChangeQueue(environment.time(), settings.backlog());
    this.committer = new Committer(environment, broken, log, follower, queue, this::nextTicket);
    this.commits = new Gathering(environment.scheduler());
    this.checkpointer =
        new Checkpointer(
            environment,
            broken,
            checkpoints,
            poison,
            follower::state,
            () -> doubt(Doubt.FOREIGN),
            announcer);
    this.housekeeping =
        new Housekeeping(
            environment,
            settings,
            this,
            checkpointer,
            new Truncation(environment, broken, log, settings.logRetention().toMillis()),
            new Healer(environment, storePrefix, namespace, this));
  }

  /**
   * An index that starts nothing on its own, for a command: what it is not asked for is neither
   * healed, purged nor checkpointed.
   *
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  static NamespaceIndex withoutHousekeeping(
      IndexEnvironment environment, String storePrefix, Namespace namespace) {
    NamespaceIndex index =
        new NamespaceIndex(environment, IndexSettings.DEFAULT, storePrefix, namespace);
    index.housekeeping.stop();
    return index;
  }

  private long nextTicket() {
    return ++ticket;
  }

  /** What memory knows of a path; opens the namespace when it is not open yet. */
  public Future<Standing> lookup(BlobPath path) {
    return opened()
        .map(
            ready ->
                new Standing(
                    Optional.ofNullable(follower.state().entry(path.toString()))
                        .map(Entry::toIndexEntry),
                    queue.overdue(),
                    backlog.full()));
  }

  /**
   * Puts a change on record; see {@link IndexService#record}. A change that fails here stays queued
   * and is recorded when the store is back, unless the namespace is closed.
   */
  public Future<Recorded> record(Change change) {
    return enqueue(LogRecord.of(change, false));
  }

  Future<Recorded> enqueue(LogRecord made) {
    Future<Recorded> decided = queued(made);
    drive();
    return decided;
  }

  /** Puts many changes on record, with as few log objects as possible. */
  Future<Void> enqueueAll(List<LogRecord> made) {
    List<Future<Recorded>> decided = made.stream().map(this::queued).toList();
    drive();
    return Future.join(decided).mapEmpty();
  }

  private Future<Recorded> queued(LogRecord made) {
    if (closed) {
      return Future.failedFuture(unavailable(null));
    }
    Promise<Recorded> decided = queue.add(made);
    Scheduler.Timer deadline =
        environment.scheduler().after(RECORD_MILLIS, () -> decided.tryFail(unavailable(null)));
    return decided.future().onComplete(done -> deadline.cancel());
  }

  /**
   * Completes once memory shows every change that was acknowledged anywhere before the call.
   * Callers share the requests that this takes.
   */
  public Future<Void> tail() {
    return tail(false);
  }

  /** The same for the index's own work, which goes on while readers must wait for a repair. */
  Future<Void> tail(boolean internal) {
    if (closed) {
      return Future.failedFuture(unavailable(null));
    }
    Future<Void> shown = readers.add(nextTicket(), internal);
    if (!gathering) {
      // A look that begins now would serve the first of those who came together, and no other.
      gathering = true;
      environment
          .scheduler()
          .soon(
              () -> {
                gathering = false;
                drive();
              });
    }
    return shown;
  }

  /** Whether the index, as it is in the bucket now, lists the file as live. */
  Future<Boolean> lists(BlobPath path) {
    return tail(true)
        .map(
            current -> {
              Entry entry = follower.state().entry(path.toString());
              return entry != null && !entry.deleted();
            });
  }

  /**
   * What the state says of some paths after a {@link #tail}; those it does not know are left out.
   */
  public Future<Map<BlobPath, IndexEntry>> current(Set<BlobPath> paths) {
    return tail()
        .map(
            shown -> {
              Map<BlobPath, IndexEntry> entries = new HashMap<>(paths.size() * 2);
              for (BlobPath path : paths) {
                Entry entry = follower.state().entry(path.toString());
                if (entry != null) {
                  entries.put(path, entry.toIndexEntry());
                }
              }
              return entries;
            });
  }

  /** The published index as it is in memory now; callers {@link #tail} first. */
  public SyncView view() {
    return new SyncView(follower.state(), environment.offload());
  }

  /**
   * Somebody has seen an object that does not look like its entry: looks into it and mends the
   * index. Returns at once.
   */
  public void suspect(BlobPath path) {
    if (!closed) {
      housekeeping.suspect(path.toString());
    }
  }

  /** Compares every object with its entry and does about the differences what is asked for. */
  public Future<ReindexReport> reindex(Repair repair) {
    return tail(true).compose(current -> housekeeping.reindex(repair)).recover(this::failed);
  }

  /** Writes a checkpoint if one would say something new. */
  public Future<Void> checkpoint() {
    return opened()
        .compose(
            ready ->
                checkpointer.worthwhile() ? checkpointer.write() : Future.<Void>succeededFuture())
        .recover(this::failed);
  }

  /** Whether no change is queued, nobody waits and the log is not being read or written. */
  public boolean idle() {
    return queue.isEmpty() && readers.isEmpty() && !busy;
  }

  /** Whether it is idle and has no work of its own under way: it may be ended. */
  boolean atRest() {
    return idle() && !(open && mustHeal()) && housekeeping.atRest();
  }

  /** Whether the bucket was read; not before the first use has succeeded. */
  boolean isOpen() {
    return open;
  }

  /** Whether the bucket has neither checkpoint nor log, so the state is that of no namespace. */
  boolean isNew() {
    return open && follower.state().seq() == 0 && checkpointer.absent();
  }

  /** Whether any object lies under the namespace's root; one small listing. */
  Future<Boolean> hasObjects() {
    return environment.store().list(root, "", 1).map(page -> !page.objects().isEmpty());
  }

  /** How many entries there are, purged ones included. */
  public int size() {
    return follower.state().size();
  }

  /** What it amounts to in memory now. */
  NamespaceSummary summary() {
    return follower.state().summary();
  }

  /** Tells the list of namespaces what it amounts to, unless that is known there. */
  Future<Void> announce() {
    return follower.state().seq() == 0 ? Future.succeededFuture() : announcer.announce(summary());
  }

  /** Bytes of heap that the entries and their paths take, about. */
  long estimatedBytes() {
    return follower.state().estimatedBytes();
  }

  /**
   * Does now what would be due soon: compares the bucket after an opening, writes a checkpoint that
   * says something new. Goes on serving meanwhile; never fails, failures are reported.
   */
  Future<Void> prepareToClose() {
    return open ? housekeeping.finishUp() : Future.succeededFuture();
  }

  /**
   * Commits what is queued, as far as the store takes it within a deadline, writes a checkpoint,
   * and ends all background work. Changes that could not be committed are reported, and healed from
   * the bucket later.
   */
  public Future<Void> close() {
    return flush()
        .eventually(() -> open ? checkpoint() : Future.succeededFuture())
        .transform(
            flushed -> {
              end();
              return Future.succeededFuture();
            });
  }

  private Future<Void> flush() {
    if (queue.isEmpty()) {
      return Future.succeededFuture();
    }
    Promise<Void> empty = Promise.promise();
    long until = RECORD_MILLIS;
    whenEmpty(empty, until);
    return empty.future();
  }

  private void whenEmpty(Promise<Void> empty, long millisLeft) {
    if (queue.isEmpty() || millisLeft <= 0) {
      empty.complete();
    } else {
      environment.scheduler().after(50, () -> whenEmpty(empty, millisLeft - 50));
    }
  }

  /** Ends everything at once; what is queued is reported, and healed from the bucket later. */
  void end() {
    closed = true;
    if (!queue.isEmpty()) {
      environment
          .alarms()
          .raise(
              Alarms.Kind.BACKGROUND,
              queue.size()
                  + " changes of namespace "
                  + namespace
                  + " could not be put on record before it was closed; they are found when the"
                  + " files are read or compared with the index.");
    }
    commits.stop();
    housekeeping.stop();
    if (retry != null) {
      retry.cancel();
    }
    ProxyError closing = unavailable(null);
    queue.abandon(closing);
    failReaders(closing);
    run(told);
  }

  /** Whether the bucket's objects must be compared with the entries before anybody is answered. */
  boolean mustHeal() {
    return doubts.any();
  }

  /** Why, and what the comparison must look for. */
  Doubts doubts() {
    return doubts;
  }

  private void doubt(Doubt reason) {
    doubts.add(reason);
    follower.state().setUnverified(mustHeal());
  }

  /**
   * A comparison is done and its findings are on record.
   *
   * @param doubtsBefore what {@link Doubts#count} said when it began
   */
  void healed(int doubtsBefore) {
    if (doubts.settle(doubtsBefore)) {
      follower.state().setUnverified(false);
      housekeeping.verified();
    }
    drive();
  }

  /**
   * A comparison went through.
   *
   * @param spared how many files the next one need not look at, if it learns of this one
   */
  void compared(int spared) {
    if (checkpointer.compared(spared)) {
      housekeeping.verified();
    }
  }

  /** The comparison could not be made: whoever waits for it is told, and it is tried again. */
  void healFailed(Throwable cause) {
    readers.failThoseWhoWaitForRepair(toProxyError(cause)).forEach(Runnable::run);
  }

  IndexState state() {
    return follower.state();
  }

  String writer() {
    return committer.writer();
  }

  private Future<Void> opened() {
    if (open) {
      return Future.succeededFuture();
    }
    return tail(false);
  }

  // One operation on the log at a time: opening, else a commit, else a look at the end for readers.
  // Code of those who wait runs only when the operation is over and all is in order again. Readers
  // who come while it is under way need not wait for its end: see glance().
  private void drive() {
    if (closed) {
      return;
    }
    if (busy) {
      glance();
      return;
    }
    boolean backingOff = retry != null;
    Future<Long> operation;
    boolean reading = false;
    busy = true;
    if (!open) {
      if (backingOff || (readers.isEmpty() && !committer.hasWork())) {
        busy = false;
        return;
      }
      operation = reopen();
      reading = true;
    } else if (committer.hasWork() && !backingOff) {
      if (commits.holdsBack(this::drive)) {
        busy = false;
        return;
      }
      operation = commit();
    } else if (readers.wantLook(mustHeal()) && !(glances > 0 && readers.newest() <= looked)) {
      looked = ticket;
      operation = follower.tail();
      reading = true;
    } else {
      busy = false;
      return;
    }
    boolean forReaders = reading;
    operation.onComplete(
        done -> {
          busy = false;
          if (done.succeeded()) {
            failures = 0;
            reopens = open ? 0 : reopens;
            told.addAll(served(done.result()));
          } else {
            failedOperation(done.cause(), forReaders);
          }
          run(told);
          housekeeping.look();
          drive();
        });
  }

  /** Looks at the end beside the operation that is under way, for those who came after it began. */
  private void glance() {
    if (!open
        || glances >= GLANCES_AT_ONCE
        || readers.newest() <= looked
        || !readers.wantLook(mustHeal())) {
      return;
    }
    looked = ticket;
    glances++;
    follower
        .glance()
        .otherwise(Optional.empty())
        .onSuccess(
            shown -> {
              glances--;
              if (!closed) {
                // What others were told about the operation under way is not due before its end.
                shown.map(this::served).orElse(List.of()).forEach(Runnable::run);
                drive();
              }
            });
  }

  private Future<Long> commit() {
    Mark start = Mark.now(environment.time());
    // A change is in no log before its namespace is in the list of namespaces.
    Future<Long> committed =
        follower.state().seq() == 0
            ? announcer.found().compose(listed -> committer.commit())
            : committer.commit();
    return committed.onComplete(
        done -> commits.done(committer.lastChanges(), start.elapsedMillis(environment.time())));
  }

  private Future<Long> reopen() {
    return new Opening(environment, broken, log, checkpoints, poison, this::nextTicket)
        .open()
        .map(
            opened -> {
              committer.drop();
              follower.restart(opened.state(), opened.proof());
              checkpointer.seen(opened.checkpoint(), opened.logBytes());
              if (opened.logBytes() == 0 && opened.state().seq() > 0) {
                announcer.assume(opened.state().indexVersion());
              }
              doubt(opened.doubt());
              open = true;
              housekeeping.opened();
              return opened.ticket();
            });
  }

  private void failedOperation(Throwable cause, boolean forReaders) {
    if (cause instanceof ReopenException && reopens < REOPENS) {
      reopens++;
      open = false;
      committer.drop();
      return;
    }
    if (cause instanceof ReopenException) {
      reopens = 0;
      open = false;
      committer.drop();
    }
    if (forReaders) {
      failReaders(toProxyError(cause));
    }
    if (committer.hasWork() && retry == null) {
      failures++;
      long bound = Math.min(RETRY_LAST_MILLIS, RETRY_FIRST_MILLIS << Math.min(failures - 1, 5));
      retry =
          environment
              .scheduler()
              .after(
                  1 + environment.random().nextLong(bound),
                  () -> {
                    retry = null;
                    drive();
                  });
    }
  }

  private List<Runnable> served(long shown) {
    boolean early = broken.contains(Rule.TAIL_STARTS_AFTER_ARRIVAL) && shown > 0;
    return readers.serve(early ? Long.MAX_VALUE : shown, mustHeal());
  }

  private void failReaders(ProxyError cause) {
    told.addAll(readers.fail(cause));
  }

  private static void run(List<Runnable> tasks) {
    List<Runnable> now = List.copyOf(tasks);
    tasks.clear();
    now.forEach(Runnable::run);
  }

  private <T> Future<T> failed(Throwable cause) {
    return Future.failedFuture(toProxyError(cause));
  }

  private static ProxyError toProxyError(Throwable cause) {
    return cause instanceof ReopenException
        ? unavailable(cause)
        : StorageErrors.toProxyError(cause);
  }

  private static ProxyError unavailable(@Nullable Throwable cause) {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The index cannot be brought up to date at the moment: try again.",
        RETRY_AFTER,
        cause);
  }

  /** What the follower and the committer do to the state. */
  private final class Heard implements LogFollower.Listener {
    @Override
    public void applied(LogBatch batch, List<IndexState.Outcome> outcomes, int bytes) {
      told.addAll(committer.applied(batch, outcomes));
      checkpointer.logGrew(bytes);
      housekeeping.applied(batch);
    }

    @Override
    public void damaged() {
      doubt(Doubt.LOST);
    }

    @Override
    public void adopted(CheckpointStore.Stored checkpoint) {
      committer.drop();
      checkpointer.seen(checkpoint, 0);
      doubt(follower.state().unverified() ? Doubt.LOST : Doubt.NONE);
    }
  }
}
