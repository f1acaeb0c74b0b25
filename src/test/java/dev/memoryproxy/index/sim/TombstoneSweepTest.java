package dev.memoryproxy.index.sim;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of the object of a tombstone that has left the published index. */
class TombstoneSweepTest {
  private static final long DAY = 86_400_000;
  private static final BlobAddress FILE =
      new BlobAddress(Namespace.DEFAULT, BlobPath.parse("a.md"));

  private final World world = new World(5);
  private final SimStore bucket = new SimStore(world, new Nobody());
  private final Faults faults = new Faults();
  private final List<String> alarms = new ArrayList<>();

  TombstoneSweepTest() {
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
    return new SimNode(
        world,
        bucket,
        faults,
        Set.of(),
        3_600_000,
        0,
        false,
        (kind, message) -> alarms.add(message),
        (n, a) -> {});
  }

  private <T> T result(Future<T> future) {
    world.runForMillis(30_000, 1_000_000);
    assertThat(future.cause()).isNull();
    assertThat(future.isComplete()).isTrue();
    return future.result();
  }

  private Future<Written> put(SimNode node, String content) {
    byte[] bytes = content.getBytes(UTF_8);
    return node.writer.put(
        new PutCommand(
            FILE,
            new Precondition.IfAbsent(),
            new Payload.InMemory(Buffer.buffer(bytes)),
            Md5.of(bytes),
            "text/plain"));
  }

  private SimStore.@Nullable Stored object() {
    return bucket.get("m/a.md");
  }

  private Written deleted(SimNode node) {
    result(put(node, "first"));
    Written deleted = result(node.writer.delete(FILE, new Precondition.None()));
    assertThat(object()).isNotNull();
    return deleted;
  }

  @Test
  void withUniqueEtagsTheObjectGoesAndTheVersionStaysAFloor() {
    bucket.uniqueEtags = true;
    SimNode node = node();
    long version = deleted(node).entry().version();
    world.runForMillis(93 * DAY, 4_000_000);
    assertThat(object()).isNull();
    SimNode later = node();
    assertThat(result(put(later, "again")).entry().version()).isGreaterThan(version);
    world.runForMillis(3 * DAY, 1_000_000);
    assertThat(object()).isNotNull();
    assertThat(alarms).isEmpty();
  }

  @Test
  void aFileThatIsWrittenBesideTheDeleteStays() {
    for (String content : new String[] {"", "again"}) {
      for (String moment : new String[] {"send DELETE file", "hear LIST files"}) {
        TombstoneSweepTest fresh = new TombstoneSweepTest();
        fresh.writeBesideTheDelete(content, moment);
      }
    }
  }

  /** The write takes effect between the listing that shows the tombstone and the delete. */
  private void writeBesideTheDelete(String content, String moment) {
    bucket.uniqueEtags = true;
    SimNode node = node();
    deleted(node);
    world.runForMillis(90 * DAY - 3_600_000, 4_000_000);
    SimNode other = node();
    result(other.index.tail());
    List<Future<Written>> written = new ArrayList<>();
    boolean[] raced = new boolean[1];
    // Whichever of the two comes to the delete first.
    arm(node, other, moment, content, written, raced);
    arm(other, other, moment, content, written, raced);
    world.runForMillis(3 * DAY, 4_000_000);
    assertThat(raced[0]).as("%s is reached", moment).isTrue();
    assertThat(written).allMatch(Future::succeeded);
    assertThat(object()).as("%s at %s", content, moment).isNotNull();
    assertThat(Objects.requireNonNull(object()).bytes().toString()).isEqualTo(content);
  }

  /** Waits for the moment that follows the purge; before it nothing is deleted. */
  private void arm(
      SimNode node,
      SimNode other,
      String moment,
      String content,
      List<Future<Written>> written,
      boolean[] raced) {
    node.setTrap(
        moment,
        () -> {
          if (world.nowMillis() - World.EPOCH_MILLIS < 90 * DAY) {
            world.afterMillis(1, () -> arm(node, other, moment, content, written, raced));
            return;
          }
          if (!raced[0]) {
            raced[0] = true;
            written.add(put(other, content));
          }
        });
  }

  @Test
  void withDigestsForEtagsNothingIsEverDeleted() {
    SimNode node = node();
    deleted(node);
    world.runForMillis(95 * DAY, 4_000_000);
    assertThat(object()).isNotNull();
    assertThat(node.requests).doesNotContainKey("DELETE file");
  }
}
