package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.blob.ProxyError;
import java.util.Optional;

/**
 * What a request is addressed to, from its raw path. Both dialects end here, so handlers and
 * everything behind them serve both.
 *
 * <p>Raw slashes decide where the parts are, and each part is decoded once: a namespace may hold a
 * segment {@code blob} when its slashes are encoded.
 *
 * @param namespace the default one where the resource has none
 * @param encodedPath the file's path, still encoded; empty unless the resource is a blob
 */
record Target(Resource resource, Dialect dialect, Namespace namespace, String encodedPath) {
  private static final String BLOBS = "/blob/";
  private static final String INDEX = "/sync";
  private static final String INDEXES = "/sync/";

  /** The kinds of things that a request can be addressed to. */
  enum Resource {
    HEALTH,
    BLOB,
    INDEX,
    NAMESPACES
  }

  /**
   * Matches a raw path; empty when nothing is there.
   *
   * @throws ProxyError {@code INVALID_PATH} for a namespace that is none, and when nothing is there
   *     because of segments that others would resolve or collapse
   */
  static Optional<Target> parse(String rawPath) {
    if (rawPath.startsWith(BLOBS)) {
      return plain(Resource.BLOB, rawPath.substring(BLOBS.length()));
    }
    if (rawPath.equals(INDEX)) {
      return plain(Resource.INDEX, "");
    }
    if (rawPath.startsWith(INDEXES)) {
      return namespaced(Resource.INDEX, rawPath.substring(INDEXES.length()), "");
    }
    if (rawPath.equals("/namespaces")) {
      return plain(Resource.NAMESPACES, "");
    }
    if (isHealth(rawPath)) {
      return plain(Resource.HEALTH, "");
    }
    int blobs = rawPath.indexOf(BLOBS);
    if (blobs > 0 && rawPath.startsWith("/")) {
      return namespaced(
          Resource.BLOB, rawPath.substring(1, blobs), rawPath.substring(blobs + BLOBS.length()));
    }
    refuseUnresolved(rawPath);
    return Optional.empty();
  }

  private static Optional<Target> plain(Resource resource, String encodedPath) {
    return Optional.of(new Target(resource, Dialect.PLAIN, Namespace.DEFAULT, encodedPath));
  }

  private static Optional<Target> namespaced(
      Resource resource, String encodedNamespace, String encodedPath) {
    refuseFragment(encodedNamespace);
    Namespace namespace = Namespace.parse(PercentEncoding.decode(encodedNamespace));
    return Optional.of(new Target(resource, Dialect.NAMESPACED, namespace, encodedPath));
  }

  /** Whether this is the one path that is served without authentication. */
  static boolean isHealth(String rawPath) {
    return rawPath.equals("/health");
  }

  /**
   * The file that is meant.
   *
   * @throws ProxyError {@code INVALID_PATH}
   */
  BlobAddress blob() {
    refuseFragment(encodedPath);
    return new BlobAddress(namespace, BlobPath.parseEncoded(encodedPath));
  }

  /** The same in another namespace. */
  Target in(Namespace other) {
    return new Target(resource, dialect, other, encodedPath);
  }

  private static void refuseFragment(String encoded) {
    if (encoded.indexOf('#') >= 0) {
      throw new ProxyError(
          ProxyError.Kind.INVALID_PATH, "The path has a bare '#': write %23 for it.");
    }
  }

  private static void refuseUnresolved(String rawPath) {
    String path = PercentEncoding.decode(rawPath);
    if (path.length() < 2 || path.charAt(0) != '/') {
      return;
    }
    for (String segment : path.substring(1).split("/", -1)) {
      if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
        throw new ProxyError(
            ProxyError.Kind.INVALID_PATH,
            "The path has an empty, '.' or '..' segment: send it resolved, without doubled or"
                + " trailing slashes.");
      }
    }
  }
}
