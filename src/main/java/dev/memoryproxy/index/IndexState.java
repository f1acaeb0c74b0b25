package dev.memoryproxy.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The index of one namespace as the log makes it: every process that has applied the same log
 * objects to the same checkpoint has the same state.
 *
 * <p>Changed on one thread only; {@link Snapshot}s may be read on others meanwhile.
 */
final class IndexState {
  private final Set<Rule> broken;
  private final ConcurrentHashMap<String, Entry> entries;
  private final List<Snapshot> snapshots = new ArrayList<>();
  private final RecentChanges recent;
  private long seq;
  private long indexVersion;
  private long deltaFloor;
  private long verifiedUntil;
  private boolean unverified;
  private long publishedBytes;
  private Totals totals = Totals.NONE;

  IndexState(Set<Rule> broken) {
    this(broken, new ConcurrentHashMap<>(), 0, 0, 0, 0);
  }

  /**
   * @param entries becomes the state's own
   * @param seq the last log object that the entries hold
   * @param publishedBytes about how many bytes the entries take in a checkpoint
   * @param deltaFloor changes before this index version cannot be told apart any more
   */
  IndexState(
      Set<Rule> broken,
      ConcurrentHashMap<String, Entry> entries,
      long publishedBytes,
      long seq,
      long indexVersion,
      long deltaFloor) {
    this.broken = broken;
    this.entries = entries;
    this.publishedBytes = publishedBytes;
    this.seq = seq;
    this.indexVersion = indexVersion;
    this.deltaFloor = deltaFloor;
    this.recent = new RecentChanges(indexVersion);
  }

  static IndexState of(Checkpoint checkpoint, Set<Rule> broken) {
    IndexState state =
        new IndexState(
            broken,
            checkpoint.entries(),
            checkpoint.bytes(),
            checkpoint.seq(),
            checkpoint.indexVersion(),
            checkpoint.deltaFloor());
    state.verifiedUntil = checkpoint.verifiedUntil();
    state.unverified = checkpoint.unverified();
    state.totals = checkpoint.totals();
    return state;
  }

  /** What became of a record. */
  enum Outcome {
    /** Its state is the entry. */
    KEPT,
    /** Another write was first, or later. */
    LOST
  }

  @Nullable Entry entry(String path) {
    return entries.get(path);
  }

  Map<String, Entry> entries() {
    return entries;
  }

  long seq() {
    return seq;
  }

  long indexVersion() {
    return indexVersion;
  }

  long deltaFloor() {
    return deltaFloor;
  }

  /**
   * By the store's clock: every object last modified before this moment has been compared with its
   * entry. A hint that saves work, not part of what the log makes.
   */
  long verifiedUntil() {
    return verifiedUntil;
  }

  /**
   * Whether the bucket must still be compared with the entries before anybody is answered; goes
   * into checkpoints, so that a crash does not forget it.
   */
  boolean unverified() {
    return unverified;
  }

  void setUnverified(boolean owed) {
    unverified = owed;
  }

  void verified(long until) {
    verifiedUntil = Math.max(verifiedUntil, until);
  }

  int size() {
    return entries.size();
  }

  /** What it amounts to now. */
  NamespaceSummary summary() {
    return new NamespaceSummary(totals, indexVersion);
  }

  /**
   * Whether what changed after a version can be told apart from what did not: it is neither from
   * the future nor too old.
   */
  boolean isExact(long since) {
    return since >= deltaFloor && since <= indexVersion;
  }

  /**
   * The entries that changed after a version, purged ones included, if that is found without
   * looking at all of them.
   */
  Optional<Map<String, Entry>> recentlyChanged(long since) {
    return recent
        .after(since)
        .map(
            paths -> {
              Map<String, Entry> changed = new HashMap<>(paths.size() * 2);
              paths.forEach(path -> changed.put(path, Objects.requireNonNull(entries.get(path))));
              return changed;
            });
  }

  /** Bytes of heap that the entries and their paths take, about. */
  long estimatedBytes() {
    return publishedBytes + recent.bytes();
  }

  /** About how many bytes a checkpoint of this state takes. */
  long publishedBytes() {
    return publishedBytes;
  }

  /**
   * Applies the next log object.
   *
   * @return what became of each record, in order
   */
  List<Outcome> apply(LogBatch batch) {
    boolean begins = seq == 0 || deltaFloor == 0;
    seq++;
    indexVersion = Math.max(indexVersion + 1, batch.indexVersion());
    if (begins) {
      // Whoever knows an earlier version has it of an index that was lost since.
      deltaFloor = indexVersion;
    }
    List<Outcome> outcomes = new ArrayList<>(batch.records().size());
    for (LogRecord made : batch.records()) {
      outcomes.add(made.type() == LogRecord.Type.PURGED ? applyPurge(made) : applyChange(made));
    }
    return outcomes;
  }

  /** Goes on after a log object that nobody has, as a rebuild must. */
  void leapTo(long newSeq) {
    seq = Math.max(seq, newSeq);
  }

  /** Makes everything before now indistinguishable for readers of changes. */
  void forgetHistory() {
    deltaFloor = indexVersion;
  }

  /** Passes a log object whose content is lost; the versions go on as if it had been empty. */
  void skipDamaged() {
    seq++;
    indexVersion++;
  }

  private Outcome applyChange(LogRecord made) {
    Entry entry = entries.get(made.path());
    if (entry != null && !broken.contains(Rule.MERGE_BY_VERSION)) {
      if (isSameWrite(entry, made)) {
        // A healer that saw a later predecessor than the writer did has recorded that the writer
        // overwrote somebody: the bytes stand, but the writer must not believe it has won.
        return made.prev() >= entry.healedPrev() ? Outcome.KEPT : Outcome.LOST;
      }
      if (made.version() <= entry.version()) {
        return Outcome.LOST;
      }
      if (made.prev() < entry.version() && !broken.contains(Rule.PREV_CONFLICTS_LOSE)) {
        return Outcome.LOST;
      }
    }
    put(made.path(), entry, Entry.of(made, indexVersion));
    return Outcome.KEPT;
  }

  private Outcome applyPurge(LogRecord made) {
    Entry entry = entries.get(made.path());
    if (entry == null || entry.version() != made.version() || !entry.deleted() || entry.purged()) {
      return Outcome.LOST;
    }
    put(made.path(), entry, Entry.of(made, indexVersion));
    deltaFloor = indexVersion;
    return Outcome.KEPT;
  }

  private static boolean isSameWrite(Entry entry, LogRecord made) {
    String writeId = made.writeId();
    if (entry.version() != made.version()) {
      return false;
    }
    return writeId == null
        ? entry.writeId() == null && entry.etag().equals(made.etag())
        : writeId.equals(entry.writeId());
  }

  private void put(String path, @Nullable Entry before, Entry after) {
    for (Snapshot snapshot : snapshots) {
      snapshot.remember(path, before);
    }
    entries.put(path, after);
    recent.add(after.indexVersion(), path);
    totals = (before == null ? totals : totals.minus(before)).plus(after);
    if (before == null) {
      publishedBytes += bytesOf(path);
    }
  }

  private static int bytesOf(String path) {
    return 260 + path.length();
  }

  /** The state as it is now, whatever is applied later. The caller closes it. */
  Snapshot snapshot() {
    Snapshot snapshot = new Snapshot();
    snapshots.add(snapshot);
    return snapshot;
  }

  /**
   * A moment of the state that costs nothing to take: it remembers what later changes replace.
   * Reading is safe on one other thread.
   */
  final class Snapshot implements AutoCloseable {
    private final long seq = IndexState.this.seq;
    private final long indexVersion = IndexState.this.indexVersion;
    private final long deltaFloor = IndexState.this.deltaFloor;
    private final long verifiedUntil = IndexState.this.verifiedUntil;
    private final boolean unverified = IndexState.this.unverified;
    private final int size = entries.size();
    private final ConcurrentHashMap<String, Before> replaced = new ConcurrentHashMap<>();

    private void remember(String path, @Nullable Entry before) {
      replaced.putIfAbsent(path, new Before(before));
    }

    long seq() {
      return seq;
    }

    /** The number that a checkpoint made of this snapshot claims to hold. */
    long claimedSeq() {
      return broken.contains(Rule.CHECKPOINT_CLAIMS_WHAT_IT_HOLDS) ? IndexState.this.seq : seq;
    }

    long indexVersion() {
      return indexVersion;
    }

    long deltaFloor() {
      return deltaFloor;
    }

    long verifiedUntil() {
      return verifiedUntil;
    }

    boolean unverified() {
      return unverified;
    }

    /** How many entries there are, purged ones included. */
    int size() {
      return size;
    }

    /** Every entry of that moment, purged ones included, in no particular order. */
    Map<String, Entry> entries() {
      Map<String, Entry> all = new HashMap<>(size * 4 / 3 + 1);
      forEach(all::put);
      return all;
    }

    /** The same without a copy. */
    void forEach(BiConsumer<String, Entry> reader) {
      entries.forEach(
          (path, current) -> {
            Entry entry = current.indexVersion() > indexVersion ? before(path) : current;
            if (entry != null) {
              reader.accept(path, entry);
            }
          });
    }

    private @Nullable Entry before(String path) {
      Before before = replaced.get(path);
      return before == null ? null : before.entry();
    }

    /** Must be called on the state's own thread. */
    @Override
    public void close() {
      snapshots.remove(this);
    }
  }

  private record Before(@Nullable Entry entry) {}
}
