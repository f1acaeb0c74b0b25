package dev.memoryproxy.storage;

import dev.memoryproxy.blob.ProxyError;
import java.time.Duration;

/** Turns a store's failure into the answer for the caller: the only place where that happens. */
public final class StorageErrors {
  private static final Duration SOON = Duration.ofSeconds(2);
  private static final Duration WHEN_DRAINED = Duration.ofSeconds(5);
  private static final Duration AFTER_REPAIR = Duration.ofSeconds(30);

  private StorageErrors() {}

  /**
   * A {@link ProxyError} as it is, a {@link StoreException} as what it is worth waiting for, all
   * else as a defect.
   */
  public static ProxyError toProxyError(Throwable cause) {
    if (cause instanceof ProxyError error) {
      return error;
    }
    if (cause instanceof StoreException failure) {
      return unavailable(failure);
    }
    return ProxyError.internal(cause);
  }

  private static ProxyError unavailable(StoreException failure) {
    if (failure.kind() == StoreException.Kind.OVERLOADED) {
      return ProxyError.unavailable(
          ProxyError.Kind.OVERLOADED,
          "Too many requests wait for the storage: try again in a moment.",
          WHEN_DRAINED,
          failure);
    }
    if (failure.kind() == StoreException.Kind.DAMAGED) {
      return ProxyError.permanent(
          ProxyError.Kind.DAMAGED,
          "What is stored here is damaged, or was put there by other means than this service, and"
              + " repeating the request will not help: the storage's operator must restore the file"
              + " that the service's log names, or move it away.",
          failure);
    }
    String repair =
        switch (failure.kind()) {
          case BUSY, THROTTLED, UNREACHABLE, OVERLOADED, AMBIGUOUS -> "";
          case DENIED ->
              "The storage refuses the service: its operator must check the credentials and the"
                  + " permissions.";
          case NO_BUCKET ->
              "The storage bucket does not exist: its operator must create it or mend S3_BUCKET.";
          case NO_SPACE -> "The storage is full: its operator must make room on the disk.";
          case UNSUPPORTED, TOO_LARGE, DAMAGED, OTHER ->
              "The storage refused the request unexpectedly; the service's log has the cause.";
        };
    return repair.isEmpty()
        ? error("Storage disconnected or overloaded: try again in a moment.", SOON, failure)
        : error(repair, AFTER_REPAIR, failure);
  }

  private static ProxyError error(String detail, Duration retryAfter, StoreException cause) {
    return ProxyError.unavailable(ProxyError.Kind.STORAGE_UNAVAILABLE, detail, retryAfter, cause);
  }
}
