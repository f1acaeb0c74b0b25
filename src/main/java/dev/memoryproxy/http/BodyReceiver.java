package dev.memoryproxy.http;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.Payload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes in the body of one request: into memory up to {@value #MEMORY_BYTES} bytes, above that into
 * a spool file with back-pressure, with its MD5 computed on the way. Whatever the size, it holds
 * about {@value #MEMORY_BYTES} bytes of heap at most: one piece on its way to the disk and one that
 * gathers. Confined to the request's event loop.
 *
 * <p>When it fails, because the body is too large, stalls, breaks off, or the disk refuses it, the
 * file is already gone.
 */
final class BodyReceiver {
  /** Bodies up to this size never touch the disk. */
  static final int MEMORY_BYTES = 64 * 1024;

  /** What is written to the disk at a time. */
  private static final int PIECE_BYTES = 32 * 1024;

  /** What HTTP delivers at a time, with some room. */
  private static final int CHUNK_BYTES = 8 * 1024;

  /**
   * A body in full.
   *
   * @param md5 lower-case hex
   */
  record Received(Payload payload, String md5) {
    /** Removes the spool file, if there is one; never fails. */
    Future<Void> release(Vertx vertx) {
      return payload instanceof Payload.Spooled spooled
          ? Spool.remove(vertx, spooled.file())
          : Future.succeededFuture();
    }
  }

  private final Vertx vertx;
  private final HttpServerRequest request;
  private final Spool spool;
  private final UploadGate.Slot slot;
  private final boolean announcedLarge;
  private final long maxBytes;
  private final long stallMillis;
  private final Promise<Received> done = Promise.promise();
  private final MessageDigest digester = Md5.digester();
  private Buffer pending = Buffer.buffer();
  private long size;
  private long timer = -1;
  private long turnTimer = -1;
  private long seenAtTimer;
  private boolean spilling;
  private boolean waitsForDisk;
  private boolean writing;
  private boolean ended;
  private boolean gone;
  private boolean settled;
  private @Nullable Path path;
  private @Nullable AsyncFile file;
  private @Nullable Future<Void> closed;

  private BodyReceiver(
      Vertx vertx,
      HttpServerRequest request,
      Spool spool,
      UploadGate.Slot slot,
      long maxBytes,
      Duration stall) {
    this.vertx = vertx;
    this.request = request;
    this.spool = spool;
    this.slot = slot;
    this.announcedLarge = isLarge(slot.reserved());
    this.maxBytes = maxBytes;
    this.stallMillis = stall.toMillis();
  }

  /**
   * Reads a paused request to its end.
   *
   * @param slot reserves the disk space; stays the caller's. A body whose space is reserved already
   *     has its turn, any other that turns out to be large waits for its turn
   * @param stall how long no byte may arrive; given up between once and twice that time
   */
  static Future<Received> receive(
      Vertx vertx,
      HttpServerRequest request,
      Spool spool,
      UploadGate.Slot slot,
      long maxBytes,
      Duration stall) {
    return new BodyReceiver(vertx, request, spool, slot, maxBytes, stall).start();
  }

  /** Whether a body of that size touches the disk. */
  static boolean isLarge(long bytes) {
    return bytes > MEMORY_BYTES;
  }

  /** The error for a body that is, or says it is, over the limit. */
  static ProxyError tooLarge(long maxBytes) {
    return new ProxyError(
        ProxyError.Kind.TOO_LARGE,
        "The file is larger than the limit of " + maxBytes + " bytes: split it.",
        Map.of("max_bytes", Long.toString(maxBytes)));
  }

  private Future<Received> start() {
    if (request.response().closed()) {
      // Its end may be that of a stream that was reset.
      gone = true;
      fail(brokenOff());
      return done.future();
    }
    if (request.version() != HttpVersion.HTTP_2 && request.bytesRead() > 0) {
      // Whoever let it flow has lost its beginning; what is left of it is not the file.
      return Future.failedFuture(
          ProxyError.internal(new IllegalStateException("the body flowed before it was received")));
    }
    if (request.isEnded()) {
      finish();
      return done.future();
    }
    timer = vertx.setPeriodic(Math.max(1, stallMillis), ignored -> checkProgress());
    if (announcedLarge) {
      limitTurn();
    }
    request.handler(this::take);
    request.endHandler(ignored -> end());
    request.exceptionHandler(
        cause -> {
          gone = true;
          fail(brokenOff());
        });
    request.resume();
    return done.future();
  }

  private void take(Buffer chunk) {
    if (settled) {
      return;
    }
    size += chunk.length();
    if (size > maxBytes) {
      fail(tooLarge(maxBytes));
      return;
    }
    digester.update(chunk.getBytes());
    pending.appendBuffer(chunk);
    AsyncFile open = file;
    if (open == null) {
      // What is certain to be spooled need not be gathered first.
      if (!spilling && (announcedLarge || isLarge(pending.length()))) {
        spill();
      }
    } else if (pending.length() >= PIECE_BYTES) {
      write(open);
    }
  }

  private void spill() {
    spilling = true;
    waitForDisk();
    if (announcedLarge) {
      open();
      return;
    }
    slot.awaitTurn(vertx, UploadTurns.UNANNOUNCED_BYTES)
        .onComplete(
            mine -> {
              if (!settled) {
                limitTurn();
                open();
              }
            },
            tooLong -> fail((ProxyError) tooLong));
  }

  private void limitTurn() {
    turnTimer = vertx.setTimer(spool.gate().turns().hold().toMillis(), over -> slot.yieldTurn());
  }

  private void open() {
    Path fresh = spool.newFile();
    path = fresh;
    Spool.create(vertx, fresh).onComplete(this::opened, this::diskFailed);
  }

  private void opened(AsyncFile opened) {
    if (settled) {
      opened.close().onComplete(ignored -> discard());
      return;
    }
    file = opened;
    write(opened);
  }

  /** Hands over what has gathered; one piece at a time, the next gathers meanwhile. */
  private void write(AsyncFile open) {
    if (writing) {
      waitForDisk();
      return;
    }
    try {
      slot.reserve(size);
    } catch (ProxyError full) {
      fail(full);
      return;
    }
    Buffer piece = pending;
    pending = Buffer.buffer(PIECE_BYTES + CHUNK_BYTES);
    writing = true;
    open.write(piece).onComplete(done -> written(open), this::diskFailed);
    diskReady();
  }

  private void written(AsyncFile open) {
    writing = false;
    if (pending.length() >= PIECE_BYTES && !settled && !ended) {
      write(open);
    }
  }

  private void waitForDisk() {
    waitsForDisk = true;
    request.pause();
  }

  private void diskReady() {
    waitsForDisk = false;
    if (!ended && !settled) {
      request.resume();
    }
  }

  private void end() {
    // Never while the file is being opened: the request is paused then, and its end waits with it.
    ended = true;
    finish();
  }

  private void finish() {
    if (settled) {
      return;
    }
    AsyncFile open = file;
    Path spooled = path;
    if (open == null || spooled == null) {
      settle();
      done.complete(new Received(new Payload.InMemory(pending), Md5.hex(digester)));
      return;
    }
    if (pending.length() > 0) {
      open.write(pending).onFailure(this::diskFailed);
      pending = Buffer.buffer();
    }
    stopTimers();
    closeFile()
        .onComplete(
            ignored -> {
              if (!settled) {
                settle();
                done.complete(new Received(new Payload.Spooled(spooled, size), Md5.hex(digester)));
              }
            },
            this::diskFailed);
  }

  private void checkProgress() {
    // Time that the disk or other uploads take is not the client's.
    if (size == seenAtTimer && !waitsForDisk) {
      fail(
          new ProxyError(
              ProxyError.Kind.REQUEST_TIMEOUT,
              "No byte of the body arrived for at least "
                  + stallMillis
                  + " ms: send the request again, without pauses."));
    }
    seenAtTimer = size;
  }

  private static ProxyError brokenOff() {
    return new ProxyError(
        ProxyError.Kind.INVALID_REQUEST,
        "The connection ended before the body was complete: nothing was written.");
  }

  private void diskFailed(Throwable cause) {
    fail(UploadGate.noRoom(cause));
  }

  /** Stops reading, removes the file, then reports. */
  private void fail(ProxyError error) {
    if (settled) {
      return;
    }
    settle();
    if (!ended && !gone) {
      request.pause();
    }
    closeFile().onComplete(ignored -> discard().onComplete(gone -> done.fail(error)));
  }

  /** Closes the file once; a failure may come while it is already being closed. */
  private Future<Void> closeFile() {
    Future<Void> closing = closed;
    if (closing == null) {
      closing = file == null ? Future.succeededFuture() : file.close();
      closed = closing;
    }
    return closing;
  }

  private Future<Void> discard() {
    Path spooled = path;
    return spooled == null ? Future.succeededFuture() : Spool.remove(vertx, spooled);
  }

  private void settle() {
    settled = true;
    stopTimers();
    if (!ended) {
      request.handler(null);
      request.endHandler(null);
    }
    request.exceptionHandler(null);
  }

  private void stopTimers() {
    if (timer >= 0) {
      vertx.cancelTimer(timer);
      timer = -1;
    }
    if (turnTimer >= 0) {
      vertx.cancelTimer(turnTimer);
      turnTimer = -1;
    }
  }
}
