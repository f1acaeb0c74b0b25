package dev.memoryproxy.index;

import dev.memoryproxy.blob.Md5;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * An index entry as memory holds it, in about 100 bytes: digests and ids as numbers, the ETag only
 * where it says something new. Immutable.
 */
final class Entry implements PublishedEntry {
  private static final int DELETED = 1;
  private static final int PURGED = 2;
  private static final int ETAG_OF_NOTHING = 4;
  private static final int HAS_WRITE_ID = 8;

  private final long md5High;
  private final long md5Low;
  private final long writeHigh;
  private final long writeLow;
  private final long lastModified;
  private final long size;
  private final long version;
  private final long indexVersion;
  private final long healedPrev;
  private final @Nullable String etagText;
  private final @Nullable String writeIdText;
  private final byte flags;

  /**
   * @param md5 32 lower-case hex digits
   * @param healedPrev the version that a healer found replaced; 0 when the writer recorded it
   * @throws IllegalArgumentException when the digest is not one
   */
  Entry(
      String md5,
      String etag,
      long lastModified,
      long size,
      long version,
      @Nullable String writeId,
      boolean deleted,
      boolean purged,
      long indexVersion,
      long healedPrev) {
    if (md5.length() != 32) {
      throw new IllegalArgumentException("not an MD5");
    }
    this.md5High = HexFormat.fromHexDigitsToLong(md5, 0, 16);
    this.md5Low = HexFormat.fromHexDigitsToLong(md5, 16, 32);
    int bits = (deleted ? DELETED : 0) | (purged ? PURGED : 0);
    if (etag.equals(Md5.OF_NOTHING)) {
      bits |= ETAG_OF_NOTHING;
    }
    this.etagText = etag.equals(md5) || etag.equals(Md5.OF_NOTHING) ? null : etag;
    if (writeId != null && isHex128(writeId)) {
      bits |= HAS_WRITE_ID;
      this.writeHigh = HexFormat.fromHexDigitsToLong(writeId, 0, 16);
      this.writeLow = HexFormat.fromHexDigitsToLong(writeId, 16, 32);
      this.writeIdText = null;
    } else {
      this.writeHigh = 0;
      this.writeLow = 0;
      this.writeIdText = writeId;
    }
    this.lastModified = lastModified;
    this.size = size;
    this.version = version;
    this.indexVersion = indexVersion;
    this.healedPrev = healedPrev;
    this.flags = (byte) bits;
  }

  static Entry of(LogRecord made, long indexVersion) {
    return new Entry(
        made.md5(),
        made.etag(),
        made.lastModified(),
        made.size(),
        made.version(),
        made.writeId(),
        made.deleted(),
        made.type() == LogRecord.Type.PURGED,
        indexVersion,
        made.healed() ? made.prev() : 0);
  }

  private static boolean isHex128(String text) {
    if (text.length() != 32) {
      return false;
    }
    for (int i = 0; i < 32; i++) {
      char c = text.charAt(i);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String md5() {
    return hex(md5High, md5Low);
  }

  String etag() {
    if (etagText != null) {
      return etagText;
    }
    return (flags & ETAG_OF_NOTHING) != 0 ? Md5.OF_NOTHING : md5();
  }

  @Nullable String writeId() {
    return (flags & HAS_WRITE_ID) != 0 ? hex(writeHigh, writeLow) : writeIdText;
  }

  @Override
  public long lastModified() {
    return lastModified;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long version() {
    return version;
  }

  long indexVersion() {
    return indexVersion;
  }

  long healedPrev() {
    return healedPrev;
  }

  @Override
  public boolean deleted() {
    return (flags & DELETED) != 0;
  }

  /** Whether it is out of the published index and only keeps the path's version from falling. */
  boolean purged() {
    return (flags & PURGED) != 0;
  }

  IndexEntry toIndexEntry() {
    return new IndexEntry(
        md5(), etag(), lastModified, size, version, writeId(), deleted(), indexVersion);
  }

  private static String hex(long high, long low) {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }
}
