package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenInTimeTest {
  private long nanos;
  private int discarded;
  private final OpenInTime opening =
      new OpenInTime(
          new TimeSource() {
            @Override
            public long wallMillis() {
              return 0;
            }

            @Override
            public long monotonicNanos() {
              return nanos;
            }
          },
          Duration.ofSeconds(60));

  private final OpenBlob blob =
      new OpenBlob(
          new BlobInfo(
              new BlobAddress(Namespace.DEFAULT, BlobPath.parse("a")),
              "",
              "",
              1,
              1,
              0,
              "text/plain"),
          new BlobContent.Streamed(
              new ObjectContent() {
                @Override
                public ObjectHead head() {
                  throw new UnsupportedOperationException();
                }

                @Override
                public long length() {
                  return 1;
                }

                @Override
                public ReadStream<Buffer> stream() {
                  throw new UnsupportedOperationException();
                }

                @Override
                public void discard() {
                  discarded++;
                }
              }));

  private static void assertOverloaded(Future<?> refused) {
    assertThat(refused.failed()).isTrue();
    assertThat(((ProxyError) refused.cause()).kind()).isEqualTo(ProxyError.Kind.OVERLOADED);
  }

  @Test
  void whatComesInTimeIsHandedOver() {
    Promise<OpenBlob> coming = Promise.promise();
    Future<OpenBlob> opened = opening.whole(coming::future);
    nanos = Duration.ofSeconds(59).toNanos();
    coming.complete(blob);
    assertThat(opened.result()).isSameAs(blob);
    assertThat(opening.part(() -> Future.succeededFuture(Optional.empty())).result()).isEmpty();
    assertThat(discarded).isZero();
  }

  @Test
  void whatComesLateIsLetGoOf() {
    Promise<OpenBlob> whole = Promise.promise();
    Promise<Optional<OpenBlob>> part = Promise.promise();
    Future<OpenBlob> first = opening.whole(whole::future);
    Future<Optional<OpenBlob>> second = opening.part(part::future);
    nanos = Duration.ofSeconds(60).toNanos();
    whole.complete(blob);
    part.complete(Optional.of(blob));
    assertOverloaded(first);
    assertOverloaded(second);
    assertThat(discarded).isEqualTo(2);
  }
}
