package dev.memoryproxy.index;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.List;

/**
 * The published index, or a part of it, ready to be sent; shared by all readers.
 *
 * @param digest of the document itself, the same for all codings
 * @param coding how {@code bytes} are encoded
 * @param bytes must not be changed
 */
public record SyncDocument(String digest, ContentCoding coding, Buffer bytes) {
  /** Strong, without quotes: codings differ in their bytes, so also in their ETags. */
  public String etag() {
    return etag(coding);
  }

  /** The ETags under which a client may have this very document, in whatever coding. */
  public List<String> etags() {
    return Arrays.stream(ContentCoding.values()).map(this::etag).toList();
  }

  private String etag(ContentCoding sent) {
    return sent == ContentCoding.IDENTITY ? digest : digest + "-" + sent.token();
  }
}
