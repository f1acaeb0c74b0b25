package dev.memoryproxy.blob;

/**
 * The path of a file inside its namespace: valid by construction.
 *
 * <p>One to {@value #MAX_BYTES} bytes of UTF-8, segments separated by single slashes, none empty,
 * none {@code .} or {@code ..}, none starting with {@value #RESERVED}, no control characters. Paths
 * are compared byte for byte: neither case nor Unicode form is folded.
 */
public final class BlobPath implements Comparable<BlobPath> {
  /**
   * The longest path in bytes of UTF-8. S3 takes keys of 1,024 bytes; the rest is for the prefix
   * and the namespace.
   */
  public static final int MAX_BYTES = 900;

  /** Segments that start so belong to the service's own objects. */
  public static final String RESERVED = ".sync-";

  private static final Segments RULES = new Segments("path", MAX_BYTES);

  private final String value;

  private BlobPath(String value) {
    this.value = value;
  }

  /**
   * Checks a decoded path.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static BlobPath parse(String path) {
    if (path.isEmpty()) {
      throw RULES.invalid("is empty: name a file, as in /blob/notes/todo.md.", path);
    }
    RULES.check(path);
    return new BlobPath(path);
  }

  /**
   * Decodes a percent-encoded path once and checks it. A {@code +} is a literal plus; encoded
   * slashes separate segments like bare ones.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static BlobPath parseEncoded(String raw) {
    return parse(PercentEncoding.decode(raw));
  }

  /**
   * Checks that paths may start so.
   *
   * @return the prefix, which may be empty
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static String checkPrefix(String prefix) {
    RULES.checkStart(prefix);
    return prefix;
  }

  /**
   * The object key of this path in a namespace.
   *
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  public String key(String storePrefix, Namespace namespace) {
    return namespace.keyRoot(storePrefix) + value;
  }

  @Override
  public int compareTo(BlobPath other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof BlobPath path && path.value.equals(value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  /** The decoded path, exactly as the client sent it. */
  @Override
  public String toString() {
    return value;
  }
}
