package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.Alarms;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexEnvironment;
import dev.memoryproxy.index.IndexMutations;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.IndexSettings;
import dev.memoryproxy.index.NamespaceIndex;
import dev.memoryproxy.index.Offload;
import dev.memoryproxy.index.Scheduler;
import dev.memoryproxy.index.SyncDocument;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.index.Turns;
import dev.memoryproxy.storage.Backoff;
import dev.memoryproxy.storage.BlobWriter;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.StorageMutations;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** One process: an index, a writer, clocks of its own, and a life that may stop or end. */
final class SimNode {
  static final String PREFIX = "m";

  /** Room for about two of the small files. */
  private static final long CACHE_BYTES = 2_000;

  private final World world;
  private final SimStore bucket;
  private final Faults faults;
  private final Set<String> broken;
  private final IndexSettings settings;
  private final BiConsumer<Alarms.Kind, String> alarms;
  private final BiConsumer<SimNode, ObjectAttributes> filePuts;
  private final long skewMillis;
  private final boolean monotonicStops;
  private final Deque<Runnable> missed = new ArrayDeque<>();
  private final Map<String, Deque<Runnable>> turns = new HashMap<>();
  private long stoppedMicros;
  private long pausedSince = -1;
  private String trap = "";
  private Runnable trapAction = () -> {};
  String puttingPath = "";

  /** How many requests of each kind it has sent, in all its lives. */
  final Map<String, Integer> requests = new HashMap<>();

  int life;
  boolean alive;
  NamespaceIndex index;
  BlobWriter writer;
  StorageMutations.Reads reads;

  /** Requests for the content of files so far. */
  Function<BlobAddress, Future<BlobInfo>> reader;

  private NodeStore store;

  SimNode(
      World world,
      SimStore bucket,
      Faults faults,
      Set<String> broken,
      long retentionMillis,
      long skewMillis,
      boolean monotonicStops,
      BiConsumer<Alarms.Kind, String> alarms,
      BiConsumer<SimNode, ObjectAttributes> filePuts) {
    this.world = world;
    this.bucket = bucket;
    this.faults = faults;
    this.broken = broken;
    this.settings = new IndexSettings(Duration.ofMillis(retentionMillis), Duration.ofDays(90));
    this.skewMillis = skewMillis;
    this.monotonicStops = monotonicStops;
    this.alarms = alarms;
    this.filePuts = filePuts;
    start();
  }

  /** A new process in this one's place. */
  void start() {
    life++;
    alive = true;
    int mine = life;
    Clock clock = new Clock();
    store = new NodeStore(world, bucket, faults, this);
    Scheduler scheduler =
        (millis, task) -> {
          boolean[] cancelled = new boolean[1];
          world.afterMillis(
              millis,
              () ->
                  deliver(
                      mine,
                      () -> {
                        if (!cancelled[0]) {
                          task.run();
                        }
                      }));
          return () -> cancelled[0] = true;
        };
    IndexEnvironment environment =
        new IndexEnvironment(
            store,
            clock,
            scheduler,
            world.random,
            new Elsewhere(),
            (k, m) -> alarms.accept(k, m),
            new Turns(IndexEnvironment.COMPARISONS_AT_ONCE));
    index = IndexMutations.index(environment, settings, PREFIX, Namespace.DEFAULT, broken);
    IndexService service = new Service(index);
    Backoff backoff =
        Backoff.of(
            world.random,
            delay -> {
              Promise<Void> waited = Promise.promise();
              scheduler.after(Math.max(1, delay.toMillis()), waited::complete);
              return waited.future();
            });
    Supplier<String> writeIds =
        () -> "%016x%016x".formatted(world.random.nextLong(), world.random.nextLong());
    writer =
        StorageMutations.writer(
            store,
            service,
            PREFIX,
            clock,
            backoff,
            writeIds,
            broken.contains(Mutants.NO_HEAD_ON_NOTHING));
    reader = StorageMutations.reader(store, service, PREFIX, clock);
    reads =
        StorageMutations.reads(
            store,
            service,
            scheduler,
            PREFIX,
            clock,
            CACHE_BYTES,
            broken.contains(Mutants.OLDER_READS_BELIEVED));
    turns.clear();
  }

  private final class Clock implements TimeSource {
    @Override
    public long wallMillis() {
      return world.nowMillis() + skewMillis;
    }

    @Override
    public long monotonicNanos() {
      return (world.nowMicros() - (monotonicStops ? stoppedMicros : 0)) * 1000;
    }
  }

  /** Takes its time, so that the index goes on under its snapshots. */
  private final class Elsewhere implements Offload {
    @Override
    public <T> Future<T> run(java.util.concurrent.Callable<T> work) {
      int mine = life;
      Promise<T> done = Promise.promise();
      world.after(
          world.between(0, 60_000),
          () ->
              deliver(
                  mine,
                  () -> {
                    T result;
                    try {
                      result = work.call();
                    } catch (Exception e) {
                      done.fail(e);
                      return;
                    }
                    done.complete(result);
                  }));
      return done.future();
    }
  }

  private final class Service implements IndexService {
    private final NamespaceIndex of;

    private Service(NamespaceIndex of) {
      this.of = of;
    }

    @Override
    public Future<Standing> lookup(Namespace namespace, BlobPath path) {
      return of.lookup(path);
    }

    @Override
    public Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths) {
      return broken.contains(Mutants.MEMORY_PROVES_READS)
          ? of.lookup(BlobPath.parse("p")).map(open -> remembered(paths))
          : of.current(paths);
    }

    private Map<BlobPath, IndexEntry> remembered(Set<BlobPath> paths) {
      Map<BlobPath, IndexEntry> entries = new HashMap<>();
      paths.forEach(
          path -> of.lookup(path).result().entry().ifPresent(entry -> entries.put(path, entry)));
      return entries;
    }

    @Override
    public Future<Recorded> record(Namespace namespace, Change change) {
      Future<Recorded> recorded = of.record(change);
      return broken.contains(Mutants.BLIND_SUCCESS)
          ? recorded.map(r -> new Recorded(change.toEntry(r.indexVersion()), r.indexVersion()))
          : recorded;
    }

    @Override
    public Future<SyncDocument> document(
        Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {
      throw new AssertionError("simulated clients read the view");
    }

    @Override
    public Future<SyncDocument> namespaces(
        Predicate<Namespace> visible, List<ContentCoding> accepted) {
      throw new AssertionError("there is one namespace");
    }

    @Override
    public void suspect(Namespace namespace, BlobPath path) {
      of.suspect(path);
    }
  }

  /** Runs something in a process, now or when it wakes; never when it has died meanwhile. */
  void deliver(int to, Runnable action) {
    if (!alive || life != to) {
      return;
    }
    if (paused()) {
      missed.add(() -> deliver(to, action));
    } else {
      action.run();
    }
  }

  /** Runs one after the other what concerns one path, as clients of one process are served. */
  void inTurn(String path, Supplier<Future<?>> work) {
    Deque<Runnable> waiting = turns.get(path);
    int mine = life;
    Runnable turn =
        () ->
            work.get()
                .onComplete(
                    done -> {
                      if (life == mine) {
                        nextTurn(path);
                      }
                    });
    if (waiting == null) {
      turns.put(path, new ArrayDeque<>());
      turn.run();
    } else {
      waiting.add(turn);
    }
  }

  private void nextTurn(String path) {
    Deque<Runnable> waiting = turns.get(path);
    Runnable turn = waiting == null ? null : waiting.poll();
    if (turn == null) {
      turns.remove(path);
    } else {
      turn.run();
    }
  }

  boolean paused() {
    return pausedSince >= 0;
  }

  /** Stops between two steps; requests that have not left yet may leave on waking. */
  void pause(long millis) {
    if (!alive || paused()) {
      return;
    }
    pausedSince = world.nowMicros();
    List<Runnable> onWaking = new ArrayList<>();
    store.freeze(onWaking);
    int mine = life;
    world.afterMillis(
        millis,
        () -> {
          if (life == mine && waking == onWaking) {
            wake(onWaking);
          }
        });
    waking = onWaking;
  }

  private List<Runnable> waking = new ArrayList<>();

  /** Ends a pause early. */
  void wakeNow() {
    if (paused()) {
      wake(waking);
    }
  }

  private void wake(List<Runnable> onWaking) {
    waking = new ArrayList<>();
    stoppedMicros += world.nowMicros() - pausedSince;
    pausedSince = -1;
    onWaking.forEach(Runnable::run);
    List<Runnable> backlog = new ArrayList<>(missed);
    missed.clear();
    backlog.forEach(Runnable::run);
  }

  void crash() {
    alive = false;
    life++;
    pausedSince = -1;
    missed.clear();
    turns.clear();
  }

  /** Does something the next time a request of this kind is sent or a reply to one is due. */
  void setTrap(String event, Runnable action) {
    trap = event;
    trapAction = action;
  }

  /** How often it has asked for a file's object. */
  int fileGets() {
    return requests.getOrDefault("GET file", 0);
  }

  void sent(String kind) {
    requests.merge(kind, 1, Integer::sum);
    spring("send " + kind);
  }

  void hears(String kind) {
    spring("hear " + kind);
  }

  private void spring(String event) {
    if (!trap.isEmpty() && trap.equals(event)) {
      trap = "";
      Runnable action = trapAction;
      action.run();
    }
  }

  void puts(String key, ObjectAttributes attributes) {
    if (!key.contains(".sync-")) {
      puttingPath = key.substring(PREFIX.length() + 1);
      filePuts.accept(this, attributes);
    }
  }

  @Override
  public String toString() {
    return "skew " + skewMillis + " ms" + (monotonicStops ? ", monotonic stops" : "");
  }

  static List<String> trapKinds() {
    return new ArrayList<>(
        List.of(
            "send PUT log",
            "hear PUT log",
            "hear PUT log",
            "send GET log",
            "hear GET log",
            "hear GET checkpoint",
            "send LIST log",
            "send PUT file",
            "hear PUT file",
            "hear HEAD file"));
  }
}
