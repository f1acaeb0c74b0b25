package dev.memoryproxy.index;

/** How a document travels (RFC 9110, 8.4.1), the most useful first. */
public enum ContentCoding {
  /** RFC 8878. Native code that not every machine can load. */
  ZSTD("zstd"),
  /** RFC 1952. */
  GZIP("gzip"),
  /** As it is. */
  IDENTITY("identity");

  private final String token;

  ContentCoding(String token) {
    this.token = token;
  }

  /** The name on the wire. */
  public String token() {
    return token;
  }
}
