package dev.memoryproxy.index.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.index.Change;
import dev.memoryproxy.index.Repair;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to take over a bucket that others filled, and what must not be overlooked. */
class AdoptionTest {
  private static final int MANY = 2_500;
  private static final String CHECKPOINT = "m/.sync-index.json";

  private final World world = new World(11);
  private final SimStore bucket = new SimStore(world, new Nobody());
  private final Faults faults = new Faults();
  private final JsonObject older = new JsonObject();

  AdoptionTest() {
    faults.baseMicros = 5_000;
    faults.jitterMicros = 5_000;
    world.runForMillis(86_400_000, 1);
  }

  private static final class Nobody implements SimStore.Observer {
    @Override
    public void checkpointWritten(Buffer bytes) {}

    @Override
    public void fileWritten(
        SimStore.@Nullable Stored before, SimStore.Stored after, boolean again) {}
  }

  private SimNode node() {
    return new SimNode(
        world, bucket, faults, Set.of(), 3_600_000, 0, false, (k, m) -> {}, (n, a) -> {});
  }

  private void object(String path, String content, Map<String, String> metadata) {
    bucket.put(
        "m/" + path,
        Buffer.buffer(content),
        new ObjectAttributes("text/plain", metadata),
        new WriteCondition.None());
  }

  /** An entry in the older service's index. */
  private void listed(String path, String content, long lastModified, boolean deleted) {
    older.put(
        path,
        new JsonObject()
            .put("md5", Md5.of(content.getBytes(UTF_8)))
            .put("last_modified", Instant.ofEpochMilli(lastModified).toString())
            .put("size", content.length())
            .put("is_deleted", deleted));
  }

  private void olderIndex() {
    bucket.put(
        CHECKPOINT,
        Buffer.buffer(new JsonObject().put("files", older).encode()),
        new ObjectAttributes("application/json", Map.of()),
        new WriteCondition.None());
  }

  private static Map<String, String> written(String content, long version) {
    return Map.of(
        "content-md5",
        Md5.of(content.getBytes(UTF_8)),
        "is-deleted",
        "false",
        "version",
        Long.toString(version),
        "write-id",
        "%032x".formatted(version));
  }

  /** The published files, and how many virtual milliseconds it took to be answered at most. */
  private JsonObject files(SimNode node, long withinMillis) {
    Future<Buffer> document =
        node.index.tail().compose(v -> node.index.view().encode(SyncView.Query.ALL));
    world.runForMillis(withinMillis, 2_000_000);
    assertThat(document.succeeded()).as("answered within %d ms", withinMillis).isTrue();
    return new JsonObject(document.result()).getJsonObject("files");
  }

  private static int sent(SimNode node, String kind) {
    return node.requests.getOrDefault(kind, 0);
  }

  private static String path(int i) {
    return "notes/%05d.md".formatted(i);
  }

  @Test
  void anIndexThatAgreesCostsOneListingForAThousandFilesAndNoOtherRequest() {
    for (int i = 0; i < MANY; i++) {
      object(path(i), "note " + i, Map.of());
      listed(path(i), "note " + i, world.nowMillis() - 3_000, false);
    }
    olderIndex();
    SimNode node = node();
    assertThat(files(node, 1_500).size()).isEqualTo(MANY);
    assertThat(sent(node, "LIST files")).isEqualTo(3);
    assertThat(sent(node, "HEAD file") + sent(node, "GET file")).isZero();
  }

  @Test
  void aNewerObjectOfEqualContentUnderAnOlderIndexIsLookedAtAndKeepsItsVersion() {
    long now = world.nowMillis();
    object("same.md", "{}", written("{}", now));
    listed("same.md", "{}", now - 3_600_000, false);
    object("old.md", "{}", Map.of());
    listed("old.md", "{}", now, false);
    olderIndex();
    SimNode node = node();
    JsonObject files = files(node, 15_000);
    assertThat(files.getJsonObject("same.md").getLong("version")).isGreaterThanOrEqualTo(now);
    assertThat(files.getJsonObject("old.md").getLong("version")).isEqualTo(now);
    // A look, and the second one before it is recorded.
    assertThat(sent(node, "HEAD file")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aComparisonThatWasOwedWhenAProcessEndedIsMadeByTheNext(boolean written) {
    long now = world.nowMillis();
    object("known.md", "one", Map.of());
    listed("known.md", "one", now, false);
    object("unknown.md", "two", written("two", now));
    olderIndex();
    SimNode first = node();
    Future<Void> reader = first.index.tail();
    world.runForMillis(1_000, 1_000_000);
    assertThat(reader.isComplete()).as("the comparison is not over").isFalse();
    if (written) {
      BlobPath path = BlobPath.parse("written.md");
      object("written.md", "three", written("three", now + 1));
      String md5 = Md5.of("three".getBytes(UTF_8));
      first.index.record(
          new Change(path, "%032x".formatted(now + 1), 0, now + 1, md5, md5, 5, now, false));
    }
    Future<Void> closed = first.index.close();
    world.runForMillis(20_000, 1_000_000);
    assertThat(closed.isComplete()).isTrue();
    Set<String> expected =
        written ? Set.of("known.md", "unknown.md", "written.md") : Set.of("known.md", "unknown.md");
    assertThat(files(node(), 15_000).fieldNames()).isEqualTo(expected);
    // Once it is made, nobody owes it any more.
    world.runForMillis(60_000, 1_000_000);
    assertThat(Objects.requireNonNull(bucket.get(CHECKPOINT)).bytes().toString())
        .doesNotContain("unverified");
  }

  @Test
  void versionsNeverFallThroughAdoption() {
    long now = world.nowMillis();
    Map<String, Long> before = new HashMap<>();
    String[] contents = {"{}", "", "other", "{}"};
    for (int i = 0; i < 40; i++) {
      String content = contents[i % contents.length];
      long version = now + i;
      object(path(i), content, written(content, version));
      before.put(path(i), version);
      if (i % 5 != 0) {
        listed(path(i), i % 3 == 0 ? "{}" : "", now - 600_000 - i * 1_000L, i % 7 == 0);
      }
    }
    olderIndex();
    JsonObject files = files(node(), 30_000);
    before.forEach(
        (path, version) ->
            assertThat(files.getJsonObject(path).getLong("version"))
                .as(path)
                .isGreaterThanOrEqualTo(version));
  }

  @Test
  void foreignFilesCostOneRequestEachAndOneLogObjectAThousand() {
    for (int i = 0; i < MANY; i++) {
      object(path(i), "note " + i, Map.of());
    }
    bucket.put(
        CHECKPOINT,
        Buffer.buffer("{\"files\":{}}"),
        new ObjectAttributes("application/json", Map.of()),
        new WriteCondition.None());
    SimNode node = node();
    JsonObject files = files(node, 8_000);
    assertThat(files.size()).isEqualTo(MANY);
    assertThat(files.getJsonObject(path(7)).getString("md5"))
        .isEqualTo(Md5.of("note 7".getBytes(UTF_8)));
    assertThat(sent(node, "HEAD file") + sent(node, "GET file")).isBetween(MANY, MANY + 128);
    assertThat(sent(node, "PUT log")).isEqualTo(3);
    // Pages, and whether "notes" is a namespace: a few times for each thousand files.
    assertThat(sent(node, "LIST files")).isLessThanOrEqualTo(12);
  }

  @Test
  void filesThatAreGoneShareOneLongPause() {
    for (int i = 0; i < 400; i++) {
      object(path(i), "note " + i, written("note " + i, world.nowMillis()));
      listed(path(i), "note " + i, world.nowMillis(), false);
    }
    for (int i = 0; i < 3; i++) {
      listed("gone" + i, "gone", world.nowMillis(), false);
    }
    olderIndex();
    SimNode node = node();
    JsonObject files = files(node, 40_000);
    for (int i = 0; i < 3; i++) {
      assertThat(files.getJsonObject("gone" + i).getBoolean("is_deleted")).isTrue();
    }
    assertThat(sent(node, "HEAD file")).isEqualTo(6);
    assertThat(sent(node, "PUT log")).isEqualTo(1);
  }

  @Test
  void whatIsOnItsWayIntoTheLogIsNotRecordedTwice() {
    SimNode writer = node();
    files(writer, 5_000);
    world.runForMillis(30_000, 1_000_000);
    int logged = sent(writer, "PUT log");
    object("late.md", "late", written("late", world.nowMillis()));
    Future<?> compared = writer.index.reindex(Repair.CAUTIOUS);
    world.runForMillis(500, 1_000_000);
    // Between the listing and the second look somebody writes it again.
    object("late.md", "later", written("later", world.nowMillis() + 1));
    world.runForMillis(1_900, 1_000_000);
    assertThat(sent(writer, "PUT log")).isEqualTo(logged);
    world.runForMillis(10_000, 1_000_000);
    assertThat(compared.succeeded()).isTrue();
    assertThat(sent(writer, "PUT log")).isEqualTo(logged + 1);
    assertThat(files(writer, 1_000).getJsonObject("late.md").getString("md5"))
        .isEqualTo(Md5.of("later".getBytes(UTF_8)));
  }
}
