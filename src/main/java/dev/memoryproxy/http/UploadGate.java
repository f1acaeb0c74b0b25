package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what all uploads of a process hold together: their number, and their bytes on disk. Each
 * holds at most {@link BodyReceiver#MEMORY_BYTES} of heap, so their number bounds that too. Large
 * ones come in by {@linkplain UploadTurns turns}. Thread-safe.
 */
public final class UploadGate {
  private static final Duration RETRY_SLOT = Duration.ofSeconds(5);
  private static final Duration RETRY_SPOOL = Duration.ofSeconds(10);

  private final int maxUploads;
  private final long maxSpoolBytes;
  private final UploadTurns turns;
  private final AtomicInteger uploads = new AtomicInteger();
  private final AtomicLong spoolBytes = new AtomicLong();

  /**
   * An empty gate.
   *
   * @param maxUploads uploads at a time, from the first look at their headers until they are stored
   * @param maxSpoolBytes bytes that may be on disk or announced to go there
   */
  public UploadGate(int maxUploads, long maxSpoolBytes) {
    this(maxUploads, maxSpoolBytes, UploadTurns.usual());
  }

  UploadGate(int maxUploads, long maxSpoolBytes, UploadTurns turns) {
    this.maxUploads = maxUploads;
    this.maxSpoolBytes = maxSpoolBytes;
    this.turns = turns;
  }

  /**
   * Lets an upload in, before anything of its body is read.
   *
   * @return to be left whatever becomes of the upload
   * @throws ProxyError {@code OVERLOADED} when there are too many
   */
  Slot enter() {
    if (uploads.incrementAndGet() > maxUploads) {
      uploads.decrementAndGet();
      throw tooMany();
    }
    return new Slot();
  }

  /** Uploads now under way. */
  int uploads() {
    return uploads.get();
  }

  /** Bytes now reserved on disk. */
  long spoolBytes() {
    return spoolBytes.get();
  }

  /** Whose turn large bodies have. */
  UploadTurns turns() {
    return turns;
  }

  /** The error for an upload when others take up the service. */
  static ProxyError tooMany() {
    return overloaded("Too many uploads are under way: try again in a moment.", RETRY_SLOT, null);
  }

  /**
   * The error for an upload whose bytes find no room on disk.
   *
   * @param cause what the disk said; null when it was not asked
   */
  static ProxyError noRoom(@Nullable Throwable cause) {
    return overloaded(
        "The service has no room to take in a file of this size now: try again later.",
        RETRY_SPOOL,
        cause);
  }

  private static ProxyError overloaded(
      String detail, Duration retryAfter, @Nullable Throwable cause) {
    return ProxyError.unavailable(ProxyError.Kind.OVERLOADED, detail, retryAfter, cause);
  }

  /** One upload's share. Used by one thread at a time. */
  final class Slot {
    private final AtomicBoolean left = new AtomicBoolean();
    private long reserved;
    private UploadTurns.@Nullable Turn turn;

    private Slot() {}

    /**
     * Makes the reservation on disk at least this large.
     *
     * @throws ProxyError {@code OVERLOADED} when there is no room; what was reserved stays so
     */
    void reserve(long bytes) {
      long more = bytes - reserved;
      if (more <= 0) {
        return;
      }
      if (spoolBytes.addAndGet(more) > maxSpoolBytes) {
        spoolBytes.addAndGet(-more);
        throw noRoom(null);
      }
      reserved = bytes;
    }

    /**
     * Completes when it is the body's turn; see {@link UploadTurns.Turn#begun}.
     *
     * @param length of the body, about
     */
    Future<Void> awaitTurn(Vertx vertx, long length) {
      UploadTurns.Turn mine = turns.take(vertx, length);
      turn = mine;
      return mine.begun();
    }

    /** Lets others have the turn, if it has one. */
    void yieldTurn() {
      if (turn != null) {
        turn.end();
      }
    }

    /** The bytes that are reserved on disk. */
    long reserved() {
      return reserved;
    }

    /** Gives everything back; further calls do nothing. */
    void leave() {
      if (left.compareAndSet(false, true)) {
        yieldTurn();
        spoolBytes.addAndGet(-reserved);
        uploads.decrementAndGet();
      }
    }
  }
}
