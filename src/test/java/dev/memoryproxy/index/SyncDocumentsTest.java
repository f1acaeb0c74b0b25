package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.storage.MemoryObjectStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What readers of the index share. */
class SyncDocumentsTest {
  private static final List<ContentCoding> PLAIN = List.of(ContentCoding.IDENTITY);
  private static final List<ContentCoding> GZIP = List.of(ContentCoding.GZIP);

  private final ManualScheduler time = new ManualScheduler();
  private final HeldWork later = new HeldWork();
  private final IndexEnvironment environment =
      new IndexEnvironment(
          new MemoryObjectStore(time),
          time,
          time,
          new SplittableRandom(3),
          later,
          (kind, message) -> {},
          new Turns(1));
  private final NamespaceIndex index =
      new NamespaceIndex(environment, IndexSettings.DEFAULT, "m", IndexProcess.name("a"));
  private final SyncDocuments documents = new SyncDocuments(index, later, new Compression(later));
  private long version = 1;

  private void change(String path) {
    Change change =
        new Change(
            BlobPath.parse(path),
            "%032x".formatted(version),
            0,
            version++,
            Md5.OF_NOTHING,
            Md5.OF_NOTHING,
            0,
            time.wallMillis(),
            false);
    Future<IndexService.Recorded> recorded = index.record(change);
    later.all();
    assertThat(recorded.succeeded()).isTrue();
  }

  private Future<SyncDocument> ask(List<ContentCoding> accepted) {
    return documents.get(SyncView.Query.ALL, accepted);
  }

  @Test
  void everyVersionIsEncodedOnceForAllWhoAsk() {
    change("one.md");
    Future<SyncDocument> first = ask(PLAIN);
    Future<SyncDocument> meanwhile = ask(PLAIN);
    Future<SyncDocument> packed = ask(GZIP);
    later.all();
    int done = later.done();
    assertThat(ask(PLAIN).result()).isSameAs(first.result()).isSameAs(meanwhile.result());
    assertThat(ask(GZIP).result()).isSameAs(packed.result());
    assertThat(packed.result().digest()).isEqualTo(first.result().digest());
    assertThat(later.done()).isEqualTo(done);
    change("two.md");
    Future<SyncDocument> next = ask(PLAIN);
    later.all();
    assertThat(next.result()).isNotSameAs(first.result());
    assertThat(next.result().bytes().toString()).contains("two.md");
  }

  @Test
  void oneVersionIsEncodedAtATimeHoweverFastTheIndexChanges() {
    change("0.md");
    later.all();
    List<Future<SyncDocument>> readers = new ArrayList<>();
    readers.add(ask(PLAIN));
    assertThat(later.waiting()).isOne();
    for (int i = 1; i < 20; i++) {
      int before = later.waiting();
      index.record(
          new Change(
              BlobPath.parse(i + ".md"),
              "%032x".formatted(version),
              0,
              version++,
              Md5.OF_NOTHING,
              Md5.OF_NOTHING,
              0,
              time.wallMillis(),
              false));
      assertThat(later.waiting()).isEqualTo(before);
      readers.add(ask(i % 2 == 0 ? PLAIN : GZIP));
      assertThat(later.waiting()).as("encodings at a time").isOne();
    }
    later.all();
    assertThat(readers).allMatch(Future::succeeded);
    for (int i = 0; i < readers.size(); i++) {
      if (i % 2 == 0) {
        JsonObject shown = new JsonObject(readers.get(i).result().bytes());
        assertThat(shown.getJsonObject("files").fieldNames()).contains(i + ".md");
      }
    }
    assertThat(readers.get(2).result()).isSameAs(readers.get(18).result());
  }
}
