package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
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

  /** Encodes the index, or a part of it, as JSON. Applying a part to its base gives the whole. */
  public Future<Buffer> encode(Query query) {
    IndexState.Snapshot snapshot = state.snapshot();
    return offload
        .run(() -> write(snapshot, query))
        .eventually(
            () -> {
              snapshot.close();
              return Future.succeededFuture();
            });
  }

  private static Buffer write(IndexState.Snapshot snapshot, Query query) {
    long since = query.since().orElse(0);
    boolean exact =
        query.since().isPresent()
            && since >= snapshot.deltaFloor()
            && since <= snapshot.indexVersion();
    Map<String, Entry> entries = new HashMap<>();
    snapshot.forEach(
        (path, entry) -> {
          if (!entry.purged()
              && (!exact || entry.indexVersion() > since)
              && path.startsWith(query.prefix())) {
            entries.put(path, entry);
          }
        });
    String[] paths = entries.keySet().toArray(new String[0]);
    Arrays.sort(paths);
    return Json.write(
        200 + 200 * paths.length,
        json -> {
          json.writeStartObject();
          PublishedIndex.writeFields(
              json,
              paths,
              path -> Objects.requireNonNull(entries.get(path)),
              snapshot.indexVersion());
          if (query.since().isPresent()) {
            json.writeNumberField("since", since);
            json.writeBooleanField("complete", !exact);
          }
          json.writeEndObject();
        });
  }
}
