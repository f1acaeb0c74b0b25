package dev.memoryproxy.index.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.Precondition.IfAbsent;
import dev.memoryproxy.blob.Precondition.IfMd5;
import dev.memoryproxy.blob.Precondition.IfVersion;
import dev.memoryproxy.blob.Precondition.None;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.Alarms;
import dev.memoryproxy.index.ReindexReport;
import dev.memoryproxy.index.Repair;
import dev.memoryproxy.storage.Announcement;
import dev.memoryproxy.storage.MemoryObjectStore;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageErrors;
import dev.memoryproxy.storage.StorageMutations;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Namespaces whose names overlap share object keys, and nothing else. */
class OverlappingNamespacesTest {
  private static final BlobAddress OUTER = address("", "a/b/c");
  private static final BlobAddress MIDDLE = address("a", "b/c");
  private static final BlobAddress INNER = address("a/b", "c");
  private static final String KEY = "m/a/b/c";

  private final World world = new World(11);
  private final MemoryObjectStore bucket = new MemoryObjectStore(new TrueTime());
  private final SlowStore store = new SlowStore(world, bucket, (before, after) -> {});
  private NamespacedNode node = new NamespacedNode(world, store, false);

  private final class TrueTime implements TimeSource {
    @Override
    public long wallMillis() {
      return world.nowMillis();
    }

    @Override
    public long monotonicNanos() {
      return world.nowMicros() * 1000;
    }
  }

  private static BlobAddress address(String namespace, String path) {
    return new BlobAddress(Namespace.claimed(namespace).orElseThrow(), BlobPath.parse(path));
  }

  static Stream<Arguments> pairs() {
    List<BlobAddress> names = List.of(OUTER, MIDDLE, INNER);
    return names.stream()
        .flatMap(
            owner ->
                names.stream()
                    .filter(other -> !other.equals(owner))
                    .map(other -> Arguments.of(owner, other)));
  }

  private <T> Future<T> settle(Future<T> future) {
    for (int i = 0; i < 600 && !future.isComplete(); i++) {
      world.runForMillis(100, 10_000_000);
    }
    assertThat(future.isComplete()).isTrue();
    return future;
  }

  private <T> T result(Future<T> future) {
    settle(future);
    assertThat(future.cause()).isNull();
    return future.result();
  }

  private ProxyError refused(Future<?> future) {
    settle(future);
    assertThat(future.failed()).as("refused").isTrue();
    return StorageErrors.toProxyError(future.cause());
  }

  private static PutCommand put(BlobAddress to, Precondition precondition, String text) {
    return put(to, precondition, text, "text/plain");
  }

  private static PutCommand put(
      BlobAddress to, Precondition precondition, String text, String type) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutCommand(to, precondition, Payload.of(bytes), Md5.of(bytes), type);
  }

  private static String md5(String text) {
    return Md5.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private Written write(BlobAddress to, Precondition precondition, String text) {
    return result(node.writer.put(put(to, precondition, text)));
  }

  private String read(BlobAddress from) {
    return result(node.opener.apply(from).compose(StorageMutations::bytes)).toString();
  }

  private ProxyError.Kind unread(BlobAddress from) {
    return refused(node.opener.apply(from)).kind();
  }

  private JsonObject listed(BlobAddress of) {
    return result(node.files(of.namespace()));
  }

  private static Set<String> live(JsonObject files) {
    return files.stream()
        .filter(file -> !((JsonObject) file.getValue()).getBoolean("is_deleted"))
        .map(Map.Entry::getKey)
        .collect(java.util.stream.Collectors.toSet());
  }

  private void raw(String key, String content) {
    raw(key, content, Map.of());
  }

  private void raw(String key, String content, Map<String, String> metadata) {
    result(
        bucket.put(
            key,
            new Payload.InMemory(Buffer.buffer(content)),
            new ObjectAttributes("text/plain", metadata),
            new WriteCondition.None()));
  }

  /** The older service's index of one file. */
  private void oldIndex(String root, String path, String content) {
    raw(
        root + ".sync-index.json",
        """
        {"files":{"%s":{"md5":"%s","last_modified":"2024-01-15T10:30:00Z","size":%d,\
        "is_deleted":false}},"index_last_modified":"2024-01-15T10:30:00Z"}"""
            .formatted(path, md5(content), content.length()));
  }

  private ReindexReport reindex(BlobAddress of, boolean dry) {
    return result(node.index(of.namespace()).reindex(dry ? Repair.DRY_RUN : Repair.CAUTIOUS));
  }

  private void restart() {
    node = new NamespacedNode(world, store, false);
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void theOtherSideSeesNothingAndOverwritesNothing(BlobAddress owner, BlobAddress other) {
    long version = write(owner, new IfAbsent(), "mine").entry().version();
    for (int round = 0; round < 2; round++) {
      assertThat(unread(other)).isEqualTo(ProxyError.Kind.NOT_FOUND);
      List<Precondition> tries =
          List.of(new IfAbsent(), new IfMd5(md5("mine")), new IfVersion(version), new IfVersion(5));
      for (Precondition precondition : tries) {
        ProxyError refusal = refused(node.writer.put(put(other, precondition, "theirs")));
        assertThat(refusal.kind()).as("%s", precondition).isEqualTo(ProxyError.Kind.CONFLICT);
        assertThat(refusal.context()).containsEntry("owner_namespace", owner.namespace().name());
        assertThat(refusal.detail())
            .contains(owner.namespace().isDefault() ? "unnamed" : "'" + owner.namespace() + "'");
      }
      assertThat(
              refused(node.writer.admit(other, new IfVersion(version), Announcement.NOT_REPEATABLE))
                  .kind())
          .isEqualTo(ProxyError.Kind.CONFLICT);
      for (Precondition precondition : List.of(new None(), new IfVersion(version))) {
        assertThat(refused(node.writer.delete(other, precondition)).kind())
            .isEqualTo(ProxyError.Kind.CONFLICT);
      }
      world.runForMillis(60_000, 10_000_000);
      assertThat(listed(other)).isEmpty();
      assertThat(live(listed(owner))).containsExactly(owner.path().toString());
      assertThat(reindex(other, false).clean()).isTrue();
      assertThat(listed(other)).isEmpty();
      assertThat(read(owner)).isEqualTo("mine");
      restart();
    }
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void aTombstoneIsStillItsOwners(BlobAddress owner, BlobAddress other) {
    long first = write(owner, new IfAbsent(), "mine").entry().version();
    long deleted = result(node.writer.delete(owner, new None())).entry().version();
    for (Precondition precondition : List.of(new IfAbsent(), new IfVersion(deleted))) {
      assertThat(refused(node.writer.put(put(other, precondition, "theirs"))).kind())
          .isEqualTo(ProxyError.Kind.CONFLICT);
    }
    assertThat(unread(other)).isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertThat(write(owner, new IfAbsent(), "mine again").entry().version())
        .isGreaterThan(deleted)
        .isGreaterThan(first);
    assertThat(listed(other)).isEmpty();
  }

  @Test
  void namesBesideEachOtherGoOnAsEver() {
    write(OUTER, new IfAbsent(), "outer");
    write(address("a", "b/d"), new IfAbsent(), "middle");
    write(address("a/b", "e"), new IfAbsent(), "inner");
    assertThat(live(listed(OUTER))).containsExactly("a/b/c");
    assertThat(live(listed(MIDDLE))).containsExactly("b/d");
    assertThat(live(listed(INNER))).containsExactly("e");
    for (BlobAddress each : List.of(OUTER, MIDDLE, INNER)) {
      reindex(each, false);
    }
    restart();
    assertThat(live(listed(OUTER))).containsExactly("a/b/c");
    assertThat(live(listed(MIDDLE))).containsExactly("b/d");
    assertThat(live(listed(INNER))).containsExactly("e");
    assertThat(node.alarms).isEmpty();
  }

  @Test
  void namesOutsideAsciiAreKeptInMetadataThatEveryStoreTakes() {
    BlobAddress owner = address("größe 100%", "c");
    write(owner, new IfAbsent(), "mine");
    assertThat(result(bucket.head("m/größe 100%/c")).orElseThrow().metadata())
        .containsEntry("namespace", "gr%C3%B6%C3%9Fe%20100%25");
    assertThat(read(owner)).isEqualTo("mine");
    assertThat(unread(address("", "größe 100%/c"))).isEqualTo(ProxyError.Kind.NOT_FOUND);
  }

  @Test
  void whatTwoOldIndexesListBothReadUntilOneWrites() {
    raw(KEY, "old");
    oldIndex("m/", "a/b/c", "old");
    oldIndex("m/a/", "b/c", "old");
    assertThat(read(OUTER)).isEqualTo("old");
    assertThat(read(MIDDLE)).isEqualTo("old");
    assertThat(live(listed(OUTER))).containsExactly("a/b/c");
    write(MIDDLE, new IfMd5(md5("old")), "new");
    assertThat(unread(OUTER)).isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertThat(refused(node.writer.put(put(OUTER, new IfMd5(md5("old")), "lost"))).kind())
        .isEqualTo(ProxyError.Kind.CONFLICT);
    world.runForMillis(60_000, 10_000_000);
    JsonObject entry = listed(OUTER).getJsonObject("a/b/c");
    assertThat(entry.getBoolean("is_deleted")).isTrue();
    assertThat(read(MIDDLE)).isEqualTo("new");
  }

  @Test
  void equalEtagsNeverLetOneNamespaceOverwriteAnother() {
    raw(KEY, "old");
    oldIndex("m/", "a/b/c", "old");
    oldIndex("m/a/", "b/c", "old");
    assertThat(live(listed(OUTER))).containsExactly("a/b/c");
    assertThat(live(listed(MIDDLE))).containsExactly("b/c");
    // The same bytes under another type: the object keeps its ETag and changes its owner.
    result(node.writer.put(put(MIDDLE, new IfMd5(md5("old")), "old", "text/markdown")));
    assertThat(refused(node.writer.put(put(OUTER, new IfMd5(md5("old")), "lost"))).kind())
        .isEqualTo(ProxyError.Kind.CONFLICT);
    assertThat(read(MIDDLE)).isEqualTo("old");
  }

  @Test
  void anOldIndexThatListsAnothersFileLosesIt() {
    write(MIDDLE, new IfAbsent(), "mine");
    oldIndex("m/", "a/b/c", "mine");
    restart();
    world.runForMillis(10_000, 10_000_000);
    assertThat(live(listed(OUTER))).isEmpty();
    assertThat(live(listed(MIDDLE))).containsExactly("b/c");
    assertThat(read(MIDDLE)).isEqualTo("mine");
  }

  @Test
  void aDryReindexReportsAListedFileOfAnother() {
    raw(KEY, "old");
    oldIndex("m/", "a/b/c", "old");
    assertThat(live(listed(OUTER))).containsExactly("a/b/c");
    raw(KEY, "taken", Map.of("namespace", "a", "write-id", "x".repeat(32), "version", "7"));
    ReindexReport report = reindex(OUTER, true);
    assertThat(report.foreign()).containsExactly("a/b/c");
    assertThat(report.clean()).isFalse();
    reindex(OUTER, false);
    assertThat(live(listed(OUTER))).isEmpty();
    assertThat(reindex(OUTER, true).clean()).isTrue();
  }

  @Test
  void aNamespaceThatComesToBeInsideAnotherTakesNothingThatIsListed() {
    raw("m/notes/x.md", "old");
    oldIndex("m/", "notes/x.md", "old");
    assertThat(live(listed(OUTER))).containsExactly("notes/x.md");
    write(address("notes", "y.md"), new IfAbsent(), "new");
    world.runForMillis(60_000, 10_000_000);
    BlobAddress outside = address("", "notes/x.md");
    BlobAddress inside = address("notes", "x.md");
    assertThat(live(listed(outside))).containsExactly("notes/x.md");
    assertThat(live(listed(inside))).containsExactly("y.md");
    assertThat(read(outside)).isEqualTo("old");
    assertThat(unread(inside)).isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertThat(refused(node.writer.put(put(inside, new IfAbsent(), "new"))).kind())
        .isEqualTo(ProxyError.Kind.CONFLICT);
    write(outside, new IfMd5(md5("old")), "newer");
    assertThat(read(outside)).isEqualTo("newer");
    reindex(inside, false);
    assertThat(live(listed(inside))).containsExactly("y.md");
  }

  @Test
  void whatAToolPutsInsideANamespaceIsTheInnermostOnes() {
    write(address("", "other"), new IfAbsent(), "outer");
    write(address("notes", "y.md"), new IfAbsent(), "new");
    raw("m/notes/x.md", "by hand");
    assertThat(unread(address("", "notes/x.md"))).isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertThat(read(address("notes", "x.md"))).isEqualTo("by hand");
    reindex(OUTER, false);
    reindex(address("notes", "x.md"), false);
    assertThat(live(listed(OUTER))).containsExactly("other");
    assertThat(live(listed(address("notes", "x.md")))).containsExactlyInAnyOrder("x.md", "y.md");
  }

  @Test
  void whoeverAsksUnderANameWithoutAnIndexTakesNothingFromANamespaceThatHasOne() {
    write(address("", "other"), new IfAbsent(), "outer");
    raw("m/notes/x.md", "by hand");
    BlobAddress inside = address("notes", "x.md");
    assertThat(unread(inside)).isEqualTo(ProxyError.Kind.NOT_FOUND);
    assertThat(live(listed(inside))).isEmpty();
    assertThat(refused(node.writer.put(put(inside, new IfAbsent(), "mine"))).kind())
        .isEqualTo(ProxyError.Kind.CONFLICT);
    world.runForMillis(60_000, 10_000_000);
    assertThat(live(listed(inside))).isEmpty();
    assertThat(result(bucket.list("m/notes/.sync-", "", 1)).objects()).isEmpty();
    assertThat(read(address("", "notes/x.md"))).isEqualTo("by hand");
    reindex(OUTER, false);
    assertThat(live(listed(OUTER))).containsExactlyInAnyOrder("notes/x.md", "other");
  }

  @Test
  void aCopysClaimThatDoesNotFitCountsForNothing() {
    write(address("a", "x"), new IfAbsent(), "mine");
    ObjectHead original = result(bucket.head("m/a/x")).orElseThrow();
    raw("m/copies/x", "mine", original.metadata());
    assertThat(read(address("copies", "x"))).isEqualTo("mine");
    assertThat(write(address("copies", "x"), new IfMd5(md5("mine")), "next").created()).isFalse();
    assertThat(read(address("copies", "x"))).isEqualTo("next");
  }

  @Test
  void ownFilesUnderAnotherIndexAreNeitherGoneNorForgotten() {
    for (int i = 0; i < 40; i++) {
      write(address("", "a/own-" + i), new IfAbsent(), "outer " + i);
    }
    // Sorts before the reserved names of its namespace, and more than a page's worth after them.
    write(address("a", "!first"), new IfAbsent(), "middle");
    for (int i = 0; i < 1_500; i++) {
      raw("m/a/b/%04d".formatted(i), "tool " + i);
    }
    write(address("a/b", "last"), new IfAbsent(), "inner");
    result(bucket.delete("m/a/own-7", new WriteCondition.None()));
    restart();
    ReindexReport report = reindex(OUTER, true);
    assertThat(report.gone()).containsExactly("a/own-7");
    assertThat(report.missing()).isEmpty();
    assertThat(report.refused()).isFalse();
    assertThat(reindex(MIDDLE, true).missing()).isEmpty();
    assertThat(reindex(INNER, true).missing()).hasSize(1_500);
    reindex(OUTER, false);
    assertThat(live(listed(OUTER))).hasSize(39);
    assertThat(node.alarms).doesNotContain(Alarms.Kind.MASS_LOSS);
  }
}
