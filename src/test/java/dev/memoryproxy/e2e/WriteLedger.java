package dev.memoryproxy.e2e;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What writers were told, and what that forbids readers to see. A reader takes a {@link Floor}
 * before it asks, and what it is shown is held against that floor.
 *
 * <p>Thread-safe. Methods throw {@link AssertionError} where a promise is broken.
 */
final class WriteLedger {
  private final Map<String, Map<Long, State>> acknowledged = new HashMap<>();
  private final Map<String, Long> acknowledgedVersion = new HashMap<>();
  private final Map<String, Long> listedVersion = new HashMap<>();
  private final Map<String, List<Attempt>> deletes = new HashMap<>();
  private final Set<String> wonPreconditions = new HashSet<>();
  private long indexVersion;
  private long clock;
  private int count;
  private boolean over;

  /** A file as a writer left it. */
  record State(String md5, boolean deleted) {}

  /**
   * What a reader that asks now must be shown at least.
   *
   * @param acknowledged path to version
   * @param listed the same, with what any reader was shown before
   * @param time on the ledger's own clock
   */
  record Floor(
      Map<String, Long> acknowledged, Map<String, Long> listed, long indexVersion, long time) {}

  /** A write on its way, or one that is over. */
  static final class Attempt {
    private final String path;
    private final @Nullable Long expected;
    private final State state;
    private boolean unknown = true;
    private long version;
    private long ended = Long.MAX_VALUE;

    private Attempt(String path, @Nullable Long expected, State state) {
      this.path = path;
      this.expected = expected;
      this.state = state;
    }
  }

  /**
   * A writer is about to ask.
   *
   * @param expected the version in its precondition, 0 for a new file; null for another
   *     precondition
   */
  synchronized Attempt begin(String path, @Nullable Long expected, State state) {
    Attempt attempt = new Attempt(path, expected, state);
    if (state.deleted()) {
      deletes.computeIfAbsent(path, none -> new ArrayList<>()).add(attempt);
    }
    return attempt;
  }

  /** No answer, or one that says that the outcome is unknown. */
  synchronized void ambiguous(Attempt attempt) {
    attempt.ended = ++clock;
  }

  /** An answer that says that nothing was done. */
  synchronized void refused(Attempt attempt) {
    attempt.ended = ++clock;
    attempt.unknown = false;
  }

  /** A 2xx with this version. */
  synchronized void acknowledge(Attempt attempt, long version) {
    attempt.ended = ++clock;
    attempt.unknown = false;
    attempt.version = version;
    count++;
    notifyAll();
    // The very content was there already: nothing was written, and nobody else is kept from it.
    boolean nothingWritten = attempt.expected != null && attempt.expected == version;
    State before =
        acknowledged
            .computeIfAbsent(attempt.path, none -> new HashMap<>())
            .putIfAbsent(version, attempt.state);
    if (before != null && !before.equals(attempt.state)) {
      throw new AssertionError(
          attempt.path
              + " was acknowledged at "
              + version
              + " as "
              + before
              + " and as "
              + attempt.state);
    }
    acknowledgedVersion.merge(attempt.path, version, Math::max);
    if (attempt.expected != null && !nothingWritten) {
      if (version <= attempt.expected) {
        throw new AssertionError(
            attempt.path + " went from version " + attempt.expected + " to " + version);
      }
      checkOnlyWinner(attempt);
    }
  }

  private void checkOnlyWinner(Attempt attempt) {
    long expected = Objects.requireNonNull(attempt.expected);
    // A path may be new more than once if somebody deletes it in between.
    boolean comesOnce = expected != 0 || !deletes.containsKey(attempt.path);
    if (!wonPreconditions.add(attempt.path + " at " + expected) && comesOnce) {
      throw new AssertionError(
          "two writers were told that they replaced " + attempt.path + " at version " + expected);
    }
  }

  /** Something is broken, so nobody need wait for more. */
  synchronized void giveUp() {
    over = true;
    notifyAll();
  }

  /** Waits until so many writes were acknowledged in all. */
  synchronized void awaitAcknowledged(int target, long limitMillis) throws InterruptedException {
    long deadline = System.nanoTime() + limitMillis * 1_000_000;
    while (count < target && !over) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError(count + " writes acknowledged, not " + target + ", in time");
      }
      wait(left);
    }
  }

  synchronized int acknowledgedCount() {
    return count;
  }

  /** What whoever asks from now on must be shown at least. */
  synchronized Floor floor() {
    return new Floor(
        Map.copyOf(acknowledgedVersion), Map.copyOf(listedVersion), indexVersion, ++clock);
  }

  /** Holds an answer to {@code GET /sync} against what its reader had to be shown. */
  synchronized void checkListed(Floor floor, JsonObject document, String where) {
    long shown = document.getLong("index_version");
    require(
        shown >= floor.indexVersion(),
        where + " shows index version " + shown + " after " + floor.indexVersion());
    indexVersion = Math.max(indexVersion, shown);
    JsonObject files = document.getJsonObject("files");
    Set<String> owed = new HashSet<>(floor.acknowledged().keySet());
    owed.addAll(floor.listed().keySet());
    for (String path : owed) {
      long acknowledgedAt = floor.acknowledged().getOrDefault(path, 0L);
      long least = Math.max(acknowledgedAt, floor.listed().getOrDefault(path, 0L));
      JsonObject entry = files.getJsonObject(path);
      require(entry != null, where + " does not list " + path + ", owed at " + least);
      require(
          entry.getLong("version") >= least,
          where + " lists " + path + " as " + entry + ", owed at " + least);
    }
    for (String path : files.fieldNames()) {
      JsonObject entry = files.getJsonObject(path);
      listedVersion.merge(path, entry.getLong("version"), Math::max);
      checkState(
          path,
          entry.getLong("version"),
          new State(entry.getString("md5"), entry.getBoolean("is_deleted")),
          where);
    }
  }

  /** Holds an answer 200 to {@code GET /blob} against what its reader had to be shown. */
  synchronized void checkRead(Floor floor, String path, long version, String md5, String where) {
    long least = floor.acknowledged().getOrDefault(path, 0L);
    require(version >= least, where + " reads " + path + " at " + version + ", owed at " + least);
    checkState(path, version, new State(md5, false), where);
  }

  /** Holds an answer 404 to {@code GET /blob} against what its reader had to be shown. */
  synchronized void checkAbsent(Floor floor, String path, String where) {
    long least = floor.acknowledged().getOrDefault(path, 0L);
    boolean deleted =
        deletes.getOrDefault(path, List.of()).stream()
            .anyMatch(
                delete -> delete.unknown || delete.ended > floor.time() || delete.version >= least);
    require(
        least == 0 || deleted, where + " has no " + path + ", which is owed at version " + least);
  }

  private void checkState(String path, long version, State shown, String where) {
    State owed = acknowledged.getOrDefault(path, Map.of()).get(version);
    // A tombstone keeps the MD5 of what was deleted, which its writer need not know.
    boolean same = owed == null || (owed.deleted() ? shown.deleted() : shown.equals(owed));
    require(same, where + " shows " + path + " at " + version + " as " + shown + ", not " + owed);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new AssertionError(message);
    }
  }
}
