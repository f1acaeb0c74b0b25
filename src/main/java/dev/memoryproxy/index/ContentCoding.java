package dev.memoryproxy.index;

/** How a document travels (RFC 9110, 8.4.1). */
public enum ContentCoding {
  /** As it is. */
  IDENTITY("identity"),
  /** RFC 1952. */
  GZIP("gzip");

  private final String token;

  ContentCoding(String token) {
    this.token = token;
  }

  /** The name on the wire. */
  public String token() {
    return token;
  }
}
