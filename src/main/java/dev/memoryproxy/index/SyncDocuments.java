package dev.memoryproxy.index;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers readers of one namespace. The whole index is encoded once for each index version and
 * coding, and shared by everybody who asks meanwhile; a part is encoded for whoever asks for it.
 *
 * <p>Belongs to the index's thread; encoding and compressing happen elsewhere.
 */
final class SyncDocuments {
  private static final int PIECE = 64 * 1024;

  private final NamespaceIndex index;
  private final Offload offload;
  private final Map<ContentCoding, Future<SyncDocument>> whole = new EnumMap<>(ContentCoding.class);
  private @Nullable Future<Buffer> json;
  private long version = -1;

  SyncDocuments(NamespaceIndex index, Offload offload) {
    this.index = index;
    this.offload = offload;
  }

  /** A document that shows at least every change acknowledged before the call. */
  Future<SyncDocument> get(SyncView.Query query, ContentCoding coding) {
    return index
        .tail()
        .compose(
            current ->
                query.equals(SyncView.Query.ALL)
                    ? whole(coding)
                    : index.view().encode(query).compose(part -> finish(part, coding)));
  }

  private Future<SyncDocument> whole(ContentCoding coding) {
    SyncView view = index.view();
    Future<Buffer> encoded = json;
    if (encoded == null || encoded.failed() || version != view.indexVersion()) {
      whole.clear();
      version = view.indexVersion();
      encoded = view.encode(SyncView.Query.ALL);
      json = encoded;
    }
    Future<SyncDocument> known = whole.get(coding);
    if (known == null || known.failed()) {
      known = encoded.compose(bytes -> finish(bytes, coding));
      whole.put(coding, known);
    }
    return known;
  }

  private Future<SyncDocument> finish(Buffer bytes, ContentCoding coding) {
    return offload.run(
        () -> {
          MessageDigest digest = Md5.digester();
          inPieces(bytes, digest::update);
          Buffer sent = coding == ContentCoding.GZIP ? gzip(bytes) : bytes;
          return new SyncDocument(Md5.hex(digest), coding, sent);
        });
  }

  private static Buffer gzip(Buffer bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length() / 4 + 64);
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      inPieces(bytes, gzip::write);
    }
    return Buffer.buffer(out.toByteArray());
  }

  /** A large buffer must not be copied whole. */
  private static <E extends Exception> void inPieces(Buffer bytes, Sink<E> sink) throws E {
    for (int from = 0; from < bytes.length(); from += PIECE) {
      sink.take(bytes.getBytes(from, Math.min(bytes.length(), from + PIECE)));
    }
  }

  @FunctionalInterface
  private interface Sink<E extends Exception> {
    void take(byte[] piece) throws E;
  }
}
