package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.Alarms;
import dev.memoryproxy.index.ReindexReport;
import dev.memoryproxy.index.Repair;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What older services, other tools and accidents leave in a bucket. */
class IndexDamageTest {
  private static final ObjectAttributes PLAIN = new ObjectAttributes("text/plain", Map.of());
  private static final String CHECKPOINT = "m/.sync-index.json";

  private final World world = new World(7);
  private final SimStore bucket = new SimStore(world, new Nobody());
  private final Faults faults = new Faults();
  private final List<Alarms.Kind> alarms = new ArrayList<>();

  IndexDamageTest() {
    faults.baseMicros = 5_000;
    faults.jitterMicros = 5_000;
  }

  private static final class Nobody implements SimStore.Observer {
    @Override
    public void checkpointWritten(Buffer bytes) {}

    @Override
    public void fileWritten(
        SimStore.@Nullable Stored before, SimStore.Stored after, boolean again) {}
  }

  private SimNode node() {
    return node(0);
  }

  private SimNode node(long skewMillis) {
    return new SimNode(
        world,
        bucket,
        faults,
        Set.of(),
        3_600_000,
        skewMillis,
        false,
        (kind, message) -> alarms.add(kind),
        (node, attributes) -> {});
  }

  private <T> Future<T> within(long millis, Future<T> future) {
    world.runForMillis(millis, 1_000_000);
    assertThat(future.isComplete()).as("answered within %d ms", millis).isTrue();
    return future;
  }

  private <T> T result(Future<T> future) {
    within(90_000, future);
    assertThat(future.cause()).isNull();
    return future.result();
  }

  private Written put(SimNode node, String path, String content) {
    Buffer bytes = Buffer.buffer(content);
    return result(
        node.writer.put(
            new PutCommand(
                address(path),
                new Precondition.IfAbsent(),
                new Payload.InMemory(bytes),
                Md5.of(bytes.getBytes()),
                "text/plain")));
  }

  private static BlobAddress address(String path) {
    return new BlobAddress(Namespace.DEFAULT, BlobPath.parse(path));
  }

  private JsonObject sync(SimNode node, SyncView.Query query) {
    Buffer document = result(node.index.tail().compose(v -> node.index.view().encode(query)));
    return new JsonObject(document);
  }

  private String text(String key) {
    return Objects.requireNonNull(bucket.get(key)).bytes().toString();
  }

  private static String md5(String content) {
    return Md5.of(content.getBytes(StandardCharsets.UTF_8));
  }

  private JsonObject files(SimNode node) {
    return sync(node, SyncView.Query.ALL).getJsonObject("files");
  }

  private void raw(String key, String content) {
    bucket.put(key, Buffer.buffer(content), PLAIN, new WriteCondition.None());
  }

  private static String logKey(long seq) {
    return "m/.sync-log/%020d.json".formatted(seq);
  }

  @Test
  void anIndexOfTheOlderServiceIsAdopted() {
    raw("m/a.md", "hello");
    raw("m/b.md", "new since");
    raw(
        CHECKPOINT,
        """
        {"files":{"a.md":{"md5":"%s","last_modified":"2024-01-15T10:30:00.123456+00:00","size":5,
        "is_deleted":false},"gone.md":{"md5":"%s","last_modified":"2024-01-15T10:30:00",
        "size":3,"is_deleted":true}},"index_last_modified":"2024-01-15T10:30:00Z"}"""
            .formatted(md5("hello"), "0".repeat(32)));
    JsonObject listed = files(node());
    assertThat(listed.fieldNames()).containsExactlyInAnyOrder("a.md", "b.md", "gone.md");
    assertThat(listed.getJsonObject("a.md").getLong("version")).isEqualTo(1_705_314_600_123L);
    assertThat(listed.getJsonObject("a.md").getString("last_modified"))
        .isEqualTo("2024-01-15T10:30:00.123Z");
    assertThat(listed.getJsonObject("b.md").getLong("size")).isEqualTo(9);
    assertThat(listed.getJsonObject("gone.md").getBoolean("is_deleted")).isTrue();
    world.runForMillis(10_000, 100_000);
    assertThat(new JsonObject(text(CHECKPOINT)).getLong("log_seq")).isPositive();
    assertThat(files(node())).isEqualTo(listed);
    assertThat(alarms).isEmpty();
  }

  @Test
  void aGarbageCheckpointIsRebuiltFromTheLogAndTheFiles() {
    SimNode before = node();
    put(before, "a", "1");
    put(before, "b", "2");
    JsonObject listed = files(before);
    raw(CHECKPOINT, "{\"format\":1,\"log_seq\":1,\"files\":{\"a\":{\"md");
    assertThat(files(node())).isEqualTo(listed);
    assertThat(alarms).contains(Alarms.Kind.CORRUPT).doesNotContain(Alarms.Kind.REBUILT);
  }

  @Test
  void aDamagedLogObjectIsHealedBeforeTheNextAnswer() {
    SimNode before = node();
    put(before, "a", "1");
    bucket.delete(CHECKPOINT);
    raw(logKey(1), "{\"format\":1,\"batch_id\":\"x");
    JsonObject listed = files(node());
    assertThat(listed.fieldNames()).containsExactly("a");
    assertThat(alarms).contains(Alarms.Kind.CORRUPT);
  }

  @Test
  void aLogObjectOfANewerFormatStopsTheNamespaceAndIsNeverSkipped() {
    SimNode before = node();
    put(before, "a", "1");
    raw(logKey(2), "{\"format\":2,\"anything\":");
    ProxyError error = (ProxyError) within(90_000, before.index.tail()).cause();
    assertThat(error.kind()).isEqualTo(ProxyError.Kind.STORAGE_UNAVAILABLE);
    assertThat(within(90_000, node().index.tail()).failed()).isTrue();
    assertThat(text(logKey(2))).startsWith("{\"format\":2");
    assertThat(alarms).containsOnly(Alarms.Kind.NEWER_FORMAT);
  }

  @Test
  void aCheckpointOfANewerFormatIsNeverOverwritten() {
    raw(CHECKPOINT, "{\"format\":2,\"files\":{}}");
    assertThat(within(90_000, node().index.tail()).failed()).isTrue();
    assertThat(text(CHECKPOINT)).isEqualTo("{\"format\":2,\"files\":{}}");
  }

  @Test
  void aHoleInTheLogIsRebuiltFromWhatIsLeft() {
    SimNode before = node();
    put(before, "a", "1");
    put(before, "b", "2");
    put(before, "c", "3");
    bucket.delete(CHECKPOINT);
    bucket.delete(logKey(2));
    JsonObject listed = files(node());
    assertThat(listed.fieldNames()).containsExactly("a", "b", "c");
    assertThat(alarms).contains(Alarms.Kind.REBUILT);
    SimNode other = node();
    assertThat(files(other)).isEqualTo(listed);
    assertThat(put(other, "d", "4").created()).isTrue();
  }

  @Test
  void aFileThatAnotherToolPutIsListedWithItsDigest() {
    SimNode node = node();
    put(node, "a", "1");
    raw("m/tool.txt", "by hand");
    raw("m/.sync-other/x", "reserved");
    ReindexReport dry = result(node.index.reindex(Repair.DRY_RUN));
    assertThat(dry.missing()).containsExactly("tool.txt");
    assertThat(files(node).fieldNames()).containsExactly("a");
    assertThat(result(node.index.reindex(Repair.CAUTIOUS)).missing()).containsExactly("tool.txt");
    assertThat(files(node).getJsonObject("tool.txt").getString("md5")).isEqualTo(md5("by hand"));
    assertThat(result(node.index.reindex(Repair.DRY_RUN)).clean()).isTrue();
  }

  @Test
  void aFileThatIsGoneBecomesATombstoneButAnEmptiedBucketDoesNot() {
    SimNode node = node();
    put(node, "a", "1");
    put(node, "b", "2");
    put(node, "c", "3");
    bucket.delete("m/a");
    assertThat(result(node.index.reindex(Repair.CAUTIOUS)).gone()).containsExactly("a");
    assertThat(files(node).getJsonObject("a").getBoolean("is_deleted")).isTrue();
    bucket.delete("m/b");
    bucket.delete("m/c");
    assertThat(result(node.index.reindex(Repair.CAUTIOUS)).refused()).isTrue();
    assertThat(files(node).getJsonObject("b").getBoolean("is_deleted")).isFalse();
    assertThat(alarms).contains(Alarms.Kind.MASS_LOSS);
  }

  @Test
  void filesUnderASubPrefixWithItsOwnIndexAreLeftAlone() {
    raw("m/team/.sync-index.json", "{\"files\":{}}");
    raw("m/team/x", "theirs");
    raw("m/mine", "ours");
    SimNode node = node();
    result(node.index.reindex(Repair.CAUTIOUS));
    assertThat(files(node).fieldNames()).containsExactly("mine");
  }

  @Test
  void purgedTombstonesLeaveTheIndexAndKeepTheVersionFloor() {
    SimNode node = node();
    put(node, "a", "1");
    put(node, "keep", "2");
    Written deleted = result(node.writer.delete(address("a"), new Precondition.None()));
    long cursor = sync(node, SyncView.Query.ALL).getLong("index_version");
    world.runForMillis(92L * 86_400_000, 2_000_000);
    assertThat(files(node).fieldNames()).containsExactly("keep");
    JsonObject delta = sync(node, new SyncView.Query(OptionalLong.of(cursor), ""));
    assertThat(delta.getBoolean("complete")).isTrue();
    SimNode later = node();
    assertThat(files(later).fieldNames()).containsExactly("keep");
    assertThat(put(later, "a", "again").entry().version()).isGreaterThan(deleted.entry().version());
  }

  @Test
  void aVersionFromTheFutureGivesTheWholeIndexAndAPrefixAPart() {
    SimNode node = node();
    put(node, "x/a", "1");
    put(node, "y/a", "2");
    JsonObject future = sync(node, new SyncView.Query(OptionalLong.of(Long.MAX_VALUE), ""));
    assertThat(future.getBoolean("complete")).isTrue();
    assertThat(future.getJsonObject("files").size()).isEqualTo(2);
    JsonObject part = sync(node, new SyncView.Query(OptionalLong.empty(), "x/"));
    assertThat(part.getJsonObject("files").fieldNames()).containsExactly("x/a");
  }

  @Test
  void aCursorOfAnIndexThatIsLostGivesTheWholeIndex() {
    SimNode before = node();
    put(before, "a", "1");
    put(before, "b", "2");
    long cursor = sync(before, SyncView.Query.ALL).getLong("index_version");
    before.crash();
    bucket.delete(CHECKPOINT);
    bucket.delete(logKey(1));
    bucket.delete(logKey(2));
    bucket.delete("m/a");
    SimNode node = node();
    result(node.index.tail());
    assertThat(files(node).fieldNames()).containsExactly("b");
    JsonObject delta = sync(node, new SyncView.Query(OptionalLong.of(cursor), ""));
    assertThat(delta.getLong("index_version")).isGreaterThan(cursor);
    assertThat(delta.getBoolean("complete")).as("a is not in the index any more").isTrue();
  }

  @Test
  void aFileThatAProcessLeftOffTheRecordIsListedSoonAfterItVanished() {
    SimNode stays = node();
    result(stays.index.tail());
    SimNode vanishes = node();
    put(vanishes, "a", "1");
    Future<Void> heard = stays.index.tail();
    world.runForMillis(1_000, 100_000);
    assertThat(heard.succeeded()).isTrue();
    vanishes.crash();
    raw("m/lost", "not on record");
    world.runForMillis(15 * 60_000, 100_000);
    assertThat(files(stays).fieldNames()).containsExactly("a", "lost");
  }

  @Test
  void aRepairThatFailsIsNotTriedAgainWithoutAPause() {
    SimNode node = node();
    put(node, "a", "1");
    raw(logKey(2), "damaged");
    Future<Void> reader = node.index.tail();
    world.runForMillis(15, 100_000);
    assertThat(alarms).containsExactly(Alarms.Kind.CORRUPT);
    faults.busy = 1000;
    world.runForMillis(60_000, 1_000_000);
    assertThat(reader.failed()).isTrue();
    assertThat(alarms).hasSizeBetween(10, 40);
    faults.end();
    assertThat(files(node).fieldNames()).containsExactly("a");
  }

  @Test
  void aClockThatIsYearsAheadPurgesNothing() {
    SimNode node = node();
    put(node, "a", "1");
    put(node, "keep", "2");
    result(node.writer.delete(address("a"), new Precondition.None()));
    SimNode ahead = node(365L * 86_400_000);
    result(ahead.index.tail());
    world.runForMillis(2L * 86_400_000, 1_000_000);
    assertThat(files(ahead).fieldNames()).containsExactly("a", "keep");
  }
}
