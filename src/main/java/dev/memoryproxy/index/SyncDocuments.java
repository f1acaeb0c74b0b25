package dev.memoryproxy.index;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers readers of one namespace. The whole index is encoded once for each index version and
 * coding, and shared by everybody who asks meanwhile; a part is encoded for whoever asks for it. So
 * however many read, there is one copy of the document in memory and one of each compressed form,
 * which each reader sends in slices. Where the index changes faster than it can be encoded, those
 * who come while one version is being encoded share the next one.
 *
 * <p>Belongs to the index's thread; encoding and compressing happen elsewhere.
 */
final class SyncDocuments {
  private final NamespaceIndex index;
  private final Offload offload;
  private final Compression compression;
  private final Map<ContentCoding, Future<SyncDocument>> whole = new EnumMap<>(ContentCoding.class);
  private @Nullable Future<Json> json;
  private long version = -1;
  private int working;
  private @Nullable Promise<Void> rested;

  SyncDocuments(NamespaceIndex index, Offload offload, Compression compression) {
    this.index = index;
    this.offload = offload;
    this.compression = compression;
  }

  /**
   * A document that shows at least every change acknowledged before the call.
   *
   * @param accepted what the client takes, best first
   */
  Future<SyncDocument> get(SyncView.Query query, List<ContentCoding> accepted) {
    return compression
        .choose(accepted)
        .compose(coding -> index.tail().map(coding))
        .compose(
            coding ->
                query.equals(SyncView.Query.ALL)
                    ? whole(coding)
                    : digested(index.view().encode(query)).compose(part -> packed(part, coding)));
  }

  /** A document before compression. */
  private record Json(Buffer bytes, String digest) {}

  /** Bytes of the documents that are kept; what is still being encoded counts nothing. */
  long bytes() {
    Future<Json> plain = json;
    long sum = plain != null && plain.succeeded() ? plain.result().bytes().length() : 0;
    for (Map.Entry<ContentCoding, Future<SyncDocument>> each : whole.entrySet()) {
      // The document as it is shares its bytes with what the others are made of.
      if (each.getKey() != ContentCoding.IDENTITY && each.getValue().succeeded()) {
        sum += each.getValue().result().bytes().length();
      }
    }
    return sum;
  }

  /** Lets go of the kept documents; the next reader has its own made. */
  void drop() {
    whole.clear();
    json = null;
  }

  private Future<SyncDocument> whole(ContentCoding coding) {
    SyncView view = index.view();
    Future<Json> encoded = json;
    if (encoded == null || encoded.failed() || version != view.indexVersion()) {
      if (working > 0) {
        Promise<Void> next = rested == null ? Promise.promise() : rested;
        rested = next;
        return next.future().compose(done -> whole(coding));
      }
      whole.clear();
      version = view.indexVersion();
      encoded = counted(digested(view.encode(SyncView.Query.ALL)));
      json = encoded;
    }
    Future<SyncDocument> known = whole.get(coding);
    if (known == null || known.failed()) {
      known = counted(encoded.compose(plain -> packed(plain, coding)));
      whole.put(coding, known);
    }
    return known;
  }

  /** Work on one version, which must be over before the next one is begun. */
  private <T> Future<T> counted(Future<T> work) {
    working++;
    return work.onComplete(
        done -> {
          working--;
          Promise<Void> waiting = rested;
          if (working == 0 && waiting != null) {
            rested = null;
            waiting.complete();
          }
        });
  }

  private Future<Json> digested(Future<Buffer> encoded) {
    return encoded.compose(bytes -> offload.run(() -> new Json(bytes, Compression.digest(bytes))));
  }

  private Future<SyncDocument> packed(Json plain, ContentCoding coding) {
    return offload.run(
        () -> new SyncDocument(plain.digest(), coding, Compression.encode(coding, plain.bytes())));
  }
}
