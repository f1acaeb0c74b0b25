package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The published index as memory holds it. Belongs to the index's thread; the work of encoding is
 * done elsewhere, on a moment that later changes do not touch.
 */
public final class SyncView {
  private final IndexState state;
  private final Offload offload;

  SyncView(IndexState state, Offload offload) {
    this.state = state;
    this.offload = offload;
  }

  /** The version that {@link #encode} would show now; 0 for an index that never had an entry. */
  public long indexVersion() {
    return state.indexVersion();
  }

  /**
   * Which part is asked for.
   *
   * @param since only what changed after this index version; empty for everything. A version from
   *     the future, or one before which changes can no longer be told apart, gives everything
   * @param prefix only paths that start so; may be empty
   */
  public record Query(OptionalLong since, String prefix) {
    /** Everything. */
    public static final Query ALL = new Query(OptionalLong.empty(), "");
  }

  /**
   * What is shown of the index.
   *
   * @param since echoed, where it was asked for
   * @param complete whether these are all entries there are; else those that changed
   */
  private record Part(
      Map<String, Entry> entries, long indexVersion, OptionalLong since, boolean complete) {}

  /** Encodes the index, or a part of it, as JSON. Applying a part to its base gives the whole. */
  public Future<Buffer> encode(Query query) {
    OptionalLong since = query.since();
    boolean complete = since.isEmpty() || !state.isExact(since.getAsLong());
    long version = state.indexVersion();
    Optional<Map<String, Entry>> recent =
        complete ? Optional.empty() : state.recentlyChanged(since.getAsLong());
    if (recent.isPresent()) {
      Map<String, Entry> chosen = recent.get();
      chosen.entrySet().removeIf(each -> !shows(query, each.getKey(), each.getValue()));
      return offload.run(() -> write(new Part(chosen, version, since, false)));
    }
    IndexState.Snapshot snapshot = state.snapshot();
    return offload
        .run(() -> write(choose(snapshot, query, complete)))
        .eventually(
            () -> {
              snapshot.close();
              return Future.succeededFuture();
            });
  }

  private static boolean shows(Query query, String path, Entry entry) {
    return !entry.purged() && path.startsWith(query.prefix());
  }

  private static Part choose(IndexState.Snapshot snapshot, Query query, boolean complete) {
    long after = complete ? -1 : query.since().orElseThrow();
    Map<String, Entry> chosen = new HashMap<>();
    snapshot.forEach(
        (path, entry) -> {
          if (entry.indexVersion() > after && shows(query, path, entry)) {
            chosen.put(path, entry);
          }
        });
    return new Part(chosen, snapshot.indexVersion(), query.since(), complete);
  }

  private static Buffer write(Part part) {
    Map<String, Entry> entries = part.entries();
    String[] paths = entries.keySet().toArray(new String[0]);
    Arrays.sort(paths);
    return Json.write(
        200 + 200 * paths.length,
        json -> {
          json.writeStartObject();
          PublishedIndex.writeFields(
              json, paths, path -> Objects.requireNonNull(entries.get(path)), part.indexVersion());
          if (part.since().isPresent()) {
            json.writeNumberField("since", part.since().getAsLong());
            json.writeBooleanField("complete", part.complete());
          }
          json.writeEndObject();
        });
  }
}
