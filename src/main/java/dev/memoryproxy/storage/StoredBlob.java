package dev.memoryproxy.storage;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.IndexEntry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a path as its object shows it, a tombstone included.
 *
 * @param etag the object's ETag in the store
 * @param md5 of the content, or of the last content for a tombstone; null when only reading the
 *     body would tell, because another tool wrote the object
 * @param size bytes of the content
 * @param version positive
 * @param writeId identifies the write; null when another tool wrote the object
 * @param deleted whether it is a tombstone
 * @param lastModified milliseconds since the epoch
 * @param contentType as stored
 */
public record StoredBlob(
    String etag,
    @Nullable String md5,
    long size,
    long version,
    @Nullable String writeId,
    boolean deleted,
    long lastModified,
    String contentType) {

  static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

  private static final String CONTENT_MD5 = "content-md5";
  private static final String IS_DELETED = "is-deleted";
  private static final String VERSION = "version";
  private static final String WRITE_ID = "write-id";

  private static final long DAY_MILLIS = 86_400_000;

  /**
   * Reads an object, with the index entry of its path to settle what the object leaves open:
   * objects that the older service or other tools wrote lack some of the metadata, and copied ones
   * carry somebody else's.
   *
   * @param nowMillis a version more than a day beyond it is not believed
   */
  public static StoredBlob of(ObjectHead head, Optional<IndexEntry> entry, long nowMillis) {
    Map<String, String> metadata = head.metadata();
    boolean deleted = "true".equalsIgnoreCase(metadata.get(IS_DELETED));
    String writeId = metadata.get(WRITE_ID);
    Optional<IndexEntry> same =
        entry.filter(known -> describes(known, head, writeId, deleted, nowMillis));
    return new StoredBlob(
        head.etag(),
        same.map(IndexEntry::md5).orElseGet(() -> believedMd5(head, deleted)),
        head.size(),
        same.map(IndexEntry::version).orElseGet(() -> believedVersion(head, entry, nowMillis)),
        writeId,
        deleted,
        same.map(IndexEntry::lastModified).orElse(head.lastModified()),
        head.contentType() == null ? DEFAULT_CONTENT_TYPE : head.contentType());
  }

  private static boolean describes(
      IndexEntry entry,
      ObjectHead head,
      @Nullable String writeId,
      boolean deleted,
      long nowMillis) {
    if (entry.deleted() != deleted) {
      return false;
    }
    if (writeId != null && entry.writeId() != null) {
      return writeId.equals(entry.writeId());
    }
    if (writeId != null && announcedVersion(head, nowMillis) > entry.version()) {
      // An index that does not know writes, such as a restored one of the older service.
      return false;
    }
    return entry.etag().equals(head.etag()) && entry.size() == head.size();
  }

  /**
   * Whether the entry describes this very write, or the same content where writes have no names. An
   * entry without one never describes a write of a higher version.
   */
  public boolean agreesWith(IndexEntry entry) {
    String known = entry.writeId();
    boolean same =
        (writeId == null || known == null)
            ? etag.equals(entry.etag())
                && size == entry.size()
                && (writeId == null || version <= entry.version())
            : writeId.equals(known);
    return same && deleted == entry.deleted();
  }

  private static @Nullable String believedMd5(ObjectHead head, boolean deleted) {
    String announced = head.metadata().get(CONTENT_MD5);
    String md5 = announced == null ? null : Md5.parse(announced).orElse(null);
    if (deleted) {
      return md5 == null ? Md5.OF_NOTHING : md5;
    }
    return head.etag().equals(md5) ? md5 : null;
  }

  private static long believedVersion(ObjectHead head, Optional<IndexEntry> entry, long nowMillis) {
    long floor = entry.map(IndexEntry::version).orElse(0L);
    long announced = announcedVersion(head, nowMillis);
    // An object that is not its entry's but looks older came back: a write that was repeated
    // after a lost reply took effect again, late, where contents repeat. It is a new state.
    return Math.max(announced > 0 ? announced : head.lastModified(), floor + 1);
  }

  /** The version that the object says it has; 0 when it says none that can be believed. */
  private static long announcedVersion(ObjectHead head, long nowMillis) {
    String text = head.metadata().get(VERSION);
    if (text == null || !text.matches("[0-9]{1,18}")) {
      return 0;
    }
    long version = Long.parseLong(text);
    return version <= nowMillis + DAY_MILLIS ? version : 0;
  }

  /** The same state with the digest that reading the body gave. */
  StoredBlob withMd5(String digest) {
    return new StoredBlob(etag, digest, size, version, writeId, deleted, lastModified, contentType);
  }

  /** What is stored beside the content of a file or tombstone that this service writes. */
  static ObjectAttributes attributes(
      Namespace namespace,
      String contentType,
      String md5,
      boolean deleted,
      long version,
      String writeId) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(CONTENT_MD5, md5);
    metadata.put(IS_DELETED, Boolean.toString(deleted));
    metadata.put(VERSION, Long.toString(version));
    metadata.put(WRITE_ID, writeId);
    Ownership.stamp(metadata, namespace);
    return new ObjectAttributes(contentType, metadata);
  }
}
