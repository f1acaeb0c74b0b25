package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.index.IndexEntry;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What clients asked and were told, and what must follow from it. */
final class History implements SimStore.Observer {
  final List<String> violations = new ArrayList<>();
  final Map<String, Write> writesById = new HashMap<>();
  final List<Write> acknowledged = new ArrayList<>();
  private final Map<String, Long> floor = new HashMap<>();
  private final Map<String, Integer> effectFloor = new HashMap<>();
  private final Map<Long, String> documents = new HashMap<>();
  private final Map<String, Write> winners = new HashMap<>();
  private final World world;
  private long indexFloor;
  private long checkpointSeq;
  private long clock;

  History(World world) {
    this.world = world;
  }

  /** A write or delete that a client sent. */
  static final class Write {
    final String path;
    final Precondition precondition;
    final boolean delete;
    final long invoked;
    final long floorAtInvocation;
    final Set<String> writeIds = new TreeSet<>();
    long acknowledgedAt = Long.MAX_VALUE;
    @Nullable IndexEntry entry;

    IndexEntry entry() {
      return Objects.requireNonNull(entry);
    }

    Write(String path, Precondition precondition, boolean delete, History history) {
      this.path = path;
      this.precondition = precondition;
      this.delete = delete;
      this.invoked = history.tick();
      this.floorAtInvocation = history.floor.getOrDefault(path, 0L);
    }

    @Override
    public String toString() {
      return (delete ? "DELETE " : "PUT ") + path + " " + precondition + " -> " + entry;
    }
  }

  /** What a reader that arrives now must be shown at least. */
  record Floor(Map<String, Long> versions, Map<String, Integer> effects, long indexVersion) {}

  void violation(String text) {
    violations.add("at " + world.nowMicros() / 1000 + " ms: " + text);
  }

  long tick() {
    return ++clock;
  }

  Floor floorNow() {
    return new Floor(new HashMap<>(floor), new HashMap<>(effectFloor), indexFloor);
  }

  void acknowledge(Write write, IndexEntry entry, int effects) {
    write.acknowledgedAt = tick();
    write.entry = entry;
    boolean unchanged = !write.writeIds.contains(entry.writeId());
    if (!unchanged) {
      acknowledged.add(write);
      if (write.precondition instanceof Precondition.IfVersion expected) {
        Write other = winners.putIfAbsent(write.path + "@" + expected.version(), write);
        if (other != null) {
          violation("two winners of one precondition: " + other + " and " + write);
        }
      }
      if (write.floorAtInvocation >= entry.version()) {
        violation("a version did not grow: " + write + " after " + write.floorAtInvocation);
      }
    }
    floor.merge(write.path, entry.version(), Math::max);
    effectFloor.merge(write.path, effects, Math::max);
  }

  /** A full index was answered. */
  void synced(Buffer document, Floor arrival, String who) {
    JsonObject json = new JsonObject(document);
    JsonObject files = json.getJsonObject("files");
    long indexVersion = json.getLong("index_version");
    String before = documents.putIfAbsent(indexVersion, files.encode());
    if (before != null && !before.equals(files.encode())) {
      violation(
          who
              + ": two indexes of version "
              + indexVersion
              + ":\n  "
              + before
              + "\n  "
              + files.encode());
    }
    if (indexVersion < arrival.indexVersion()) {
      violation(who + ": index_version fell to " + indexVersion);
    }
    arrival
        .versions()
        .forEach(
            (path, version) -> {
              JsonObject file = files.getJsonObject(path);
              if (file == null || file.getLong("version") < version) {
                violation(who + ": the index shows " + path + " " + file + ", not " + version);
              }
            });
    files.forEach(
        file ->
            floor.merge(
                file.getKey(), ((JsonObject) file.getValue()).getLong("version"), Math::max));
    indexFloor = Math.max(indexFloor, indexVersion);
  }

  /** A client that follows changes has caught up. */
  void followed(Map<String, JsonObject> replica, Buffer document, String who) {
    JsonObject files = new JsonObject(document).getJsonObject("files");
    TreeMap<String, Object> full = new TreeMap<>(files.getMap());
    if (!new JsonObject(full).encode().equals(encode(replica))) {
      violation(who + ": changes give " + encode(replica) + ", the index is " + files.encode());
    }
  }

  private static String encode(Map<String, JsonObject> replica) {
    JsonObject all = new JsonObject();
    new TreeMap<>(replica).forEach(all::put);
    return all.encode();
  }

  @Override
  public void checkpointWritten(Buffer bytes) {
    Long seq = new JsonObject(bytes).getLong("log_seq");
    if (seq != null && seq < checkpointSeq) {
      violation("checkpoint " + seq + " replaced " + checkpointSeq);
    }
    if (seq != null) {
      checkpointSeq = Math.max(seq, checkpointSeq);
    }
  }

  /** An empty state that was acknowledged before the writer was asked must have been looked at. */
  @Override
  public void fileWritten(SimStore.@Nullable Stored before, SimStore.Stored after, boolean again) {
    if (before == null || !before.head().etag().equals(Md5.OF_NOTHING)) {
      return;
    }
    Write replaced = writesById.get(before.meta("write-id"));
    Write writing = writesById.get(after.meta("write-id"));
    if (replaced == null
        || writing == null
        || replaced == writing
        || replaced.acknowledgedAt >= writing.invoked) {
      return;
    }
    if (again || !before.meta("write-id").equals(replaced.entry().writeId())) {
      // A repeated request took effect late, where contents repeat. Nobody was told of this state.
      return;
    }
    if (writing.precondition instanceof Precondition.IfVersion expected
        && expected.version() >= replaced.entry().version()) {
      // A state that came back is known under a later version.
      return;
    }
    boolean deleted = before.meta("is-deleted").equals("true");
    if (!writing.precondition.admits(true, deleted, Md5.OF_NOTHING, replaced.entry().version())
        || (writing.delete && deleted)) {
      violation("overwrote " + replaced + " by " + writing);
    }
  }
}
