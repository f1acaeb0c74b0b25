package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.storage.StorageService.PutCommand;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two running processes on one store, whose clients call the same object by different names. */
class SharedKeysTest {
  private static final List<BlobAddress> NAMES =
      List.of(address("", "a/b/c"), address("a", "b/c"), address("a/b", "c"));

  private static BlobAddress address(String namespace, String path) {
    return new BlobAddress(Namespace.claimed(namespace).orElseThrow(), BlobPath.parse(path));
  }

  static Stream<Arguments> pairs() {
    return NAMES.stream()
        .flatMap(
            one ->
                NAMES.stream()
                    .filter(other -> !other.equals(one))
                    .map(other -> Arguments.of(one, other)));
  }

  private static PutCommand put(BlobAddress to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new PutCommand(
        to, new Precondition.IfAbsent(), Payload.of(bytes), Md5.of(bytes), "text/plain");
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.await(20, TimeUnit.SECONDS);
  }

  private static ProxyError.Kind refusal(Future<?> future) throws Exception {
    Throwable cause = done(future.transform(result -> Future.succeededFuture(result.cause())));
    assertThat(cause).isInstanceOf(ProxyError.class);
    return ((ProxyError) cause).kind();
  }

  private static JsonObject files(RunningStorage process, BlobAddress of) throws Exception {
    return done(
        process
            .index
            .document(of.namespace(), SyncView.Query.ALL, List.of(ContentCoding.IDENTITY))
            .map(document -> new JsonObject(document.bytes()).getJsonObject("files")));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void oneOfTwoConcurrentCreatorsHasTheFileAndTheOtherSeesNothing(BlobAddress one, BlobAddress two)
      throws Exception {
    MemoryObjectStore store = new MemoryObjectStore(TimeSource.SYSTEM);
    try (RunningStorage first = new RunningStorage(store);
        RunningStorage second = new RunningStorage(store)) {
      List<Future<?>> writes =
          new ArrayList<>(
              List.of(first.storage.put(put(one, "one")), second.storage.put(put(two, "two"))));
      done(Future.join(writes).otherwiseEmpty());
      int winner = writes.get(0).succeeded() ? 0 : 1;
      assertThat(writes.get(1 - winner).failed()).isTrue();
      assertThat(refusal(writes.get(1 - winner))).isEqualTo(ProxyError.Kind.CONFLICT);
      BlobAddress owner = winner == 0 ? one : two;
      BlobAddress other = winner == 0 ? two : one;
      for (RunningStorage process : List.of(first, second)) {
        assertThat(refusal(process.storage.head(other))).isEqualTo(ProxyError.Kind.NOT_FOUND);
        assertThat(refusal(process.storage.open(other))).isEqualTo(ProxyError.Kind.NOT_FOUND);
        assertThat(refusal(process.storage.put(put(other, "again"))))
            .isEqualTo(ProxyError.Kind.CONFLICT);
        assertThat(refusal(process.storage.delete(other, new Precondition.None())))
            .isEqualTo(ProxyError.Kind.CONFLICT);
        assertThat(files(process, other)).isEmpty();
        assertThat(files(process, owner).fieldNames()).containsExactly(owner.path().toString());
        assertThat(done(process.storage.head(owner)).size()).isEqualTo(3);
      }
    }
  }
}
