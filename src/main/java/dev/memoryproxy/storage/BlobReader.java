package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads files from the store. The object is the truth; the index in memory only fills in what an
 * object does not say of itself, and a read goes on without it.
 */
final class BlobReader {
  private static final int TRIES = 3;

  private final ObjectStore store;
  private final IndexService index;
  private final String prefix;
  private final TimeSource time;
  private final BlobDigests digests;
  private final OwnerLookup owners;

  BlobReader(
      ObjectStore store, IndexService index, String prefix, TimeSource time, BlobDigests digests) {
    this(store, index, prefix, time, digests, OwnerLookup.of(store, prefix, index));
  }

  BlobReader(
      ObjectStore store,
      IndexService index,
      String prefix,
      TimeSource time,
      BlobDigests digests,
      OwnerLookup owners) {
    this.owners = owners;
    this.store = store;
    this.index = index;
    this.prefix = prefix;
    this.time = time;
    this.digests = digests;
  }

  /** What is known of a live file; fails with {@code NOT_FOUND}. */
  Future<BlobInfo> head(BlobAddress address) {
    return look(address).map(blob -> info(address, blob));
  }

  /** The same as the object shows it, with its MD5. */
  Future<StoredBlob> look(BlobAddress address) {
    return look(address, TRIES);
  }

  private Future<StoredBlob> look(BlobAddress address, int tries) {
    String key = address.key(prefix);
    return store
        .head(key)
        .compose(head -> head.map(h -> describe(address, h)).orElseGet(() -> absent(address)))
        .compose(blob -> digests.resolve(key, blob))
        .compose(
            blob ->
                blob.isPresent() || tries <= 1
                    ? Future.succeededFuture(blob.orElseThrow(() -> busy()))
                    : look(address, tries - 1));
  }

  /** Opens a live file; fails with {@code NOT_FOUND}. */
  Future<OpenBlob> open(BlobAddress address) {
    return find(address).compose(found -> open(address, found));
  }

  /**
   * A live file's object opened for reading; its finder owns the content.
   *
   * @param blob may lack its MD5
   */
  record Found(StoredBlob blob, ObjectContent content) {}

  /** Opens a live file's object; fails with {@code NOT_FOUND}. */
  Future<Found> find(BlobAddress address) {
    return store
        .get(address.key(prefix))
        .compose(
            found ->
                found.map(content -> describe(address, content)).orElseGet(() -> absent(address)));
  }

  private Future<Found> describe(BlobAddress address, ObjectContent content) {
    return describe(address, content.head())
        .map(blob -> new Found(blob, content))
        .onFailure(hidden -> content.discard());
  }

  /** Goes on with what was found, as {@link #open(BlobAddress)} does. */
  Future<OpenBlob> open(BlobAddress address, Found found) {
    if (found.blob().md5() != null) {
      return taken(found.content())
          .map(content -> new OpenBlob(info(address, found.blob()), content));
    }
    // The digest goes into the answer's head, so the body has to be read twice.
    found.content().discard();
    return openDigested(address, TRIES);
  }

  private Future<OpenBlob> openDigested(BlobAddress address, int tries) {
    return head(address)
        .compose(
            info ->
                openRange(info, 0, Math.max(0, info.size() - 1))
                    .compose(
                        opened -> {
                          if (opened.isPresent()) {
                            return Future.succeededFuture(opened.get());
                          }
                          return tries <= 1
                              ? Future.failedFuture(busy())
                              : openDigested(address, tries - 1);
                        }));
  }

  /** Opens a range of a file in the state that was seen; empty when it has changed since. */
  Future<Optional<OpenBlob>> openRange(BlobInfo info, long first, long last) {
    return store
        .getRange(info.address().key(prefix), info.storeEtag(), first, last)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : taken(found.get()).map(content -> Optional.of(new OpenBlob(info, content))));
  }

  /** What is small is read at once: its reader may be slow, and the store is free for others. */
  private static Future<BlobContent> taken(ObjectContent content) {
    return content.length() > SharedReads.MAX_BODY
        ? Future.succeededFuture(new BlobContent.Streamed(content))
        : content.bytes().map(BlobContent.InMemory::new);
  }

  private Future<StoredBlob> describe(BlobAddress address, ObjectHead head) {
    return entry(address)
        .compose(
            entry -> {
              boolean listed = entry.filter(e -> !e.deleted()).isPresent();
              return owners
                  .otherOwner(address.namespace(), listed, head)
                  .compose(
                      other -> {
                        if (other.isEmpty()) {
                          return describe(address, head, entry);
                        }
                        if (listed) {
                          index.suspect(address.namespace(), address.path());
                        }
                        return absent(address);
                      });
            });
  }

  private Future<StoredBlob> describe(
      BlobAddress address, ObjectHead head, Optional<IndexEntry> entry) {
    StoredBlob blob = StoredBlob.of(head, entry, time.wallMillis());
    if (!(entry.isPresent() && blob.agreesWith(entry.get()))) {
      index.suspect(address.namespace(), address.path());
    }
    return blob.deleted() ? absent(address) : Future.succeededFuture(blob);
  }

  private Future<Optional<IndexEntry>> entry(BlobAddress address) {
    return index
        .lookup(address.namespace(), address.path())
        .map(IndexService.Standing::entry)
        .otherwise(Optional.empty());
  }

  static BlobInfo info(BlobAddress address, StoredBlob blob) {
    return new BlobInfo(
        address,
        Objects.requireNonNull(blob.md5()),
        blob.etag(),
        blob.size(),
        blob.version(),
        blob.lastModified(),
        blob.contentType());
  }

  static <T> Future<T> absent(BlobAddress address) {
    return Future.failedFuture(
        new ProxyError(
            ProxyError.Kind.NOT_FOUND,
            "There is no file at this path; its index lists what there is.",
            Map.of("path", address.path().toString())));
  }

  private static ProxyError busy() {
    return ProxyError.unavailable(
        ProxyError.Kind.STORAGE_UNAVAILABLE,
        "The file changes faster than it can be read: try again.",
        Duration.ofSeconds(1),
        null);
  }
}
