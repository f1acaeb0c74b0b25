package dev.memoryproxy.index;

import com.github.luben.zstd.ZstdOutputStream;
import com.github.luben.zstd.util.Native;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes documents for the wire. Native code is loaded when a client first asks for it, off the
 * index's thread; where that fails, the client gets the next coding that it takes.
 *
 * <p>Belongs to the index's thread, but for {@link #encode}.
 */
final class Compression {
  private static final Logger LOG = LoggerFactory.getLogger(Compression.class);
  private static final int PIECE = 64 * 1024;

  private final Offload offload;
  private final Callable<Void> loader;
  private @Nullable Future<Boolean> zstd;

  Compression(Offload offload) {
    this(offload, Compression::load);
  }

  /**
   * @param loader makes zstd usable or throws; called once, off the index's thread
   */
  Compression(Offload offload, Callable<Void> loader) {
    this.offload = offload;
    this.loader = loader;
  }

  private static @Nullable Void load() {
    Native.load();
    return null;
  }

  /**
   * The first of these that this machine can produce; {@link ContentCoding#IDENTITY} where none is.
   *
   * @param accepted what the client takes, best first
   */
  Future<ContentCoding> choose(List<ContentCoding> accepted) {
    if (accepted.isEmpty()) {
      return Future.succeededFuture(ContentCoding.IDENTITY);
    }
    ContentCoding best = accepted.get(0);
    if (best != ContentCoding.ZSTD) {
      return Future.succeededFuture(best);
    }
    return hasZstd()
        .compose(
            usable ->
                usable
                    ? Future.succeededFuture(best)
                    : choose(accepted.subList(1, accepted.size())));
  }

  private Future<Boolean> hasZstd() {
    Future<Boolean> known = zstd;
    if (known == null) {
      known =
          offload.run(
              () -> {
                try {
                  loader.call();
                  return true;
                } catch (LinkageError | RuntimeException e) {
                  LOG.warn(
                      "zstd cannot be loaded on this machine; clients that ask for it get gzip:"
                          + " {}",
                      e.toString());
                  return false;
                }
              });
      zstd = known;
    }
    return known;
  }

  /** The bytes in a coding that {@link #choose} gave; may take long. */
  static Buffer encode(ContentCoding coding, Buffer bytes) throws IOException {
    if (coding == ContentCoding.IDENTITY) {
      return bytes;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length() / 6 + 64);
    try (OutputStream packed =
        coding == ContentCoding.ZSTD ? new ZstdOutputStream(out) : new GZIPOutputStream(out)) {
      inPieces(bytes, packed::write);
    }
    return Buffer.buffer(out.toByteArray());
  }

  /** The MD5 of a document, hex; may take long. */
  static String digest(Buffer bytes) {
    MessageDigest digest = Md5.digester();
    inPieces(bytes, digest::update);
    return Md5.hex(digest);
  }

  /** Digests and encodes a document that is sent once. */
  Future<SyncDocument> document(Callable<Buffer> made, List<ContentCoding> accepted) {
    return choose(accepted)
        .compose(
            coding ->
                offload.run(
                    () -> {
                      Buffer bytes = made.call();
                      return new SyncDocument(digest(bytes), coding, encode(coding, bytes));
                    }));
  }

  /** A large buffer must not be copied whole. */
  private static <E extends Exception> void inPieces(Buffer bytes, Sink<E> sink) throws E {
    for (int from = 0; from < bytes.length(); from += PIECE) {
      sink.take(bytes.getBytes(from, Math.min(bytes.length(), from + PIECE)));
    }
  }

  /** Takes a part of a document. */
  @FunctionalInterface
  private interface Sink<E extends Exception> {
    /** The array is the sink's. */
    void take(byte[] piece) throws E;
  }
}
