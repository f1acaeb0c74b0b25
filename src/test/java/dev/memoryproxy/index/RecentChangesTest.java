package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Deltas are found among recent changes or among all entries; nobody can tell by which way. */
class RecentChangesTest {
  private static final Offload AT_ONCE = new AtOnce();

  private final IndexState state = new IndexState(EnumSet.noneOf(Rule.class));
  private final Map<String, Long> versions = new HashMap<>();

  private LogRecord change(Random random) {
    String path = "p" + random.nextInt(300) + (random.nextBoolean() ? "/a" : "/b");
    long prev = versions.getOrDefault(path, 0L);
    versions.put(path, prev + 1);
    Entry entry = state.entry(path);
    if (entry != null && entry.deleted() && !entry.purged() && random.nextInt(1_000) == 0) {
      versions.put(path, prev);
      return LogRecord.purge(path, entry);
    }
    return new LogRecord(
        LogRecord.Type.DONE,
        path,
        null,
        prev,
        prev + 1,
        Md5.OF_NOTHING,
        Md5.OF_NOTHING,
        0,
        state.indexVersion(),
        random.nextInt(4) == 0,
        false);
  }

  private void apply(Random random) {
    List<LogRecord> records = new ArrayList<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      records.add(change(random));
    }
    state.apply(new LogBatch("id", "writer", state.indexVersion() + 3, records));
  }

  private JsonObject encode(SyncView.Query query) {
    return new JsonObject(new SyncView(state, AT_ONCE).encode(query).result());
  }

  private static Set<String> paths(JsonObject document) {
    return document.getJsonObject("files").fieldNames();
  }

  @Test
  void everyDeltaHoldsWhatTheEntriesSay() {
    Random random = new Random(11);
    int recent = 0;
    int old = 0;
    for (int step = 0; step < 1_500; step++) {
      apply(random);
      long since = state.indexVersion() - random.nextInt(step * 3 + 2);
      String prefix = random.nextBoolean() ? "" : "p1";
      JsonObject delta = encode(new SyncView.Query(OptionalLong.of(since), prefix));
      boolean exact = state.isExact(since);
      assertThat(delta.getBoolean("complete")).isEqualTo(!exact);
      List<String> expected = new ArrayList<>();
      state
          .entries()
          .forEach(
              (path, entry) -> {
                if (!entry.purged()
                    && path.startsWith(prefix)
                    && (!exact || entry.indexVersion() > since)) {
                  expected.add(path);
                }
              });
      assertThat(paths(delta)).as("since %d", since).containsExactlyInAnyOrderElementsOf(expected);
      if (exact) {
        boolean found = state.recentlyChanged(since).isPresent();
        recent += found ? 1 : 0;
        old += found ? 0 : 1;
      }
    }
    assertThat(recent).isGreaterThan(50);
    assertThat(old).isGreaterThan(50);
  }

  @Test
  void noMoreAreKeptThanTheBoundAndWhatIsForgottenIsKnownToBe() {
    RecentChanges changes = new RecentChanges(5);
    assertThat(changes.after(4)).isEmpty();
    assertThat(changes.after(5)).contains(Set.of());
    for (int i = 0; i < RecentChanges.MOST; i++) {
      changes.add(10 + i / 2, "p" + i);
    }
    assertThat(changes.after(5).orElseThrow()).hasSize(RecentChanges.MOST);
    changes.add(600, "last");
    // One of the two that changed at version 10 is forgotten.
    assertThat(changes.after(9)).isEmpty();
    assertThat(changes.after(10).orElseThrow()).hasSize(RecentChanges.MOST - 1).contains("last");
    assertThat(changes.after(600)).contains(Set.of());
  }
}
