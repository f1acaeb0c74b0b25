package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.blob.ProxyError;
import java.util.Map;
import java.util.Optional;

/**
 * What a request is addressed to, from its raw path. Both dialects end here, so no handler knows
 * which one was spoken.
 *
 * @param namespace the default one where the resource has none
 * @param encodedPath the file's path, still encoded; empty unless the resource is a blob
 */
record Target(Resource resource, Namespace namespace, String encodedPath) {
  private static final String BLOBS = "/blob/";

  /** The kinds of things that a request can be addressed to. */
  enum Resource {
    HEALTH,
    BLOB,
    INDEX
  }

  /**
   * Matches a raw path; empty when nothing is there.
   *
   * @throws ProxyError {@code INVALID_PATH} when nothing is there because of segments that others
   *     would resolve or collapse
   */
  static Optional<Target> parse(String rawPath) {
    if (rawPath.startsWith(BLOBS)) {
      return Optional.of(
          new Target(Resource.BLOB, Namespace.DEFAULT, rawPath.substring(BLOBS.length())));
    }
    if (rawPath.equals("/sync")) {
      return Optional.of(new Target(Resource.INDEX, Namespace.DEFAULT, ""));
    }
    if (isHealth(rawPath)) {
      return Optional.of(new Target(Resource.HEALTH, Namespace.DEFAULT, ""));
    }
    refuseUnresolved(rawPath);
    return Optional.empty();
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
    if (encodedPath.indexOf('#') >= 0) {
      throw new ProxyError(
          ProxyError.Kind.INVALID_PATH, "The path has a bare '#': write %23 for it.", Map.of());
    }
    return new BlobAddress(namespace, BlobPath.parseEncoded(encodedPath));
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
