package dev.memoryproxy.storage;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Opens files for callers who do not wait for ever. A content that came after its caller had given
 * up would belong to nobody and hold its place at the store for good; so one that comes late is let
 * go of here.
 */
final class OpenInTime {
  private final TimeSource time;
  private final Duration limit;

  /**
   * @param limit well below the time that callers wait
   */
  OpenInTime(TimeSource time, Duration limit) {
    this.time = time;
    this.limit = limit;
  }

  /** Fails with {@code OVERLOADED} instead of completing late. */
  Future<OpenBlob> whole(Supplier<Future<OpenBlob>> open) {
    return part(() -> open.get().map(Optional::of)).map(Optional::orElseThrow);
  }

  /** The same for what may turn out not to be there. */
  Future<Optional<OpenBlob>> part(Supplier<Future<Optional<OpenBlob>>> open) {
    long started = time.monotonicNanos();
    return open.get()
        .compose(
            opened -> {
              if (time.monotonicNanos() - started < limit.toNanos()) {
                return Future.succeededFuture(opened);
              }
              opened.ifPresent(blob -> blob.content().discard());
              return Future.failedFuture(
                  ProxyError.unavailable(
                      ProxyError.Kind.OVERLOADED,
                      "The storage took too long to open the file: try again in a moment.",
                      Duration.ofSeconds(5),
                      null));
            });
  }
}
