package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.Precondition;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * The log as a plain list of records, told from the bucket's own history: what it holds, in which
 * order, and which write came after which.
 */
final class Model {
  private final History history;
  private final Map<String, State> states = new HashMap<>();
  private final Map<String, State> byWriteId = new HashMap<>();

  Model(History history) {
    this.history = history;
  }

  private record State(
      long version, String writeId, boolean deleted, @Nullable State before, long prev) {}

  /** Replays the true log and compares it with what was acknowledged. */
  void check(SortedMap<Long, Buffer> log, SimStore bucket) {
    long expected = 1;
    for (Map.Entry<Long, Buffer> object : log.entrySet()) {
      if (object.getKey() != expected++) {
        history.violation("the log is not dense at " + object.getKey());
      }
      JsonArray records = new JsonObject(object.getValue()).getJsonArray("records");
      records.forEach(made -> apply((JsonObject) made));
    }
    history.acknowledged.forEach(this::checkAcknowledged);
    history.acknowledged.forEach(write -> checkCreation(write, bucket));
  }

  private void apply(JsonObject made) {
    if (!made.getString("type").equals("done")) {
      return;
    }
    String path = made.getString("path");
    State before = states.get(path);
    long version = made.getLong("version");
    long prev = made.getLong("prev");
    String writeId = made.getString("write_id", "");
    if (before != null && (version <= before.version() || prev < before.version())) {
      return;
    }
    State after = new State(version, writeId, made.getBoolean("is_deleted"), before, prev);
    states.put(path, after);
    byWriteId.put(writeId + "@" + version, after);
  }

  private void checkAcknowledged(History.Write write) {
    if (!byWriteId.containsKey(write.entry().writeId() + "@" + write.entry().version())) {
      history.violation("acknowledged, but the log does not keep it: " + write);
    }
  }

  /** Who asked for "must not exist" replaced nothing that lived, in the log's order. */
  private void checkCreation(History.Write write, SimStore bucket) {
    State state = byWriteId.get(write.entry().writeId() + "@" + write.entry().version());
    if (!(write.precondition instanceof Precondition.IfAbsent) || state == null) {
      return;
    }
    State before = state.before();
    if (before == null || before.deleted() || state.prev() > before.version()) {
      return;
    }
    List<SimStore.Stored> objects =
        bucket.histories.getOrDefault(SimNode.PREFIX + "/" + write.path, List.of());
    // Only the first time that it took effect: a repeated request may find itself.
    for (int i = 0; i < objects.size(); i++) {
      if (objects.get(i).meta("write-id").equals(write.entry().writeId())) {
        if (i > 0 && !objects.get(i - 1).meta("is-deleted").equals("true")) {
          history.violation("created over a live file: " + write + " over " + before);
        }
        return;
      }
    }
  }
}
