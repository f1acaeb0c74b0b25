package dev.memoryproxy.http;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.SyncView;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Reads which part of the index is asked for: {@code ?since=} and {@code ?prefix=}. Whoever
 * misspells a parameter must not take the answer for what was meant.
 */
final class SyncQueries {
  private static final String SINCE = "since";
  private static final String PREFIX = "prefix";

  private SyncQueries() {}

  /**
   * @throws ProxyError {@code INVALID_REQUEST} or {@code INVALID_PATH}
   */
  static SyncView.Query parse(HttpServerRequest request) {
    Map<String, String> given = parameters(request);
    String since = given.remove(SINCE);
    String prefix = given.remove(PREFIX);
    for (String unknown : given.keySet()) {
      throw invalid(unknown, "The index takes the parameters since and prefix: drop any other.");
    }
    return new SyncView.Query(
        since == null ? OptionalLong.empty() : OptionalLong.of(version(since)),
        prefix == null ? "" : BlobPath.checkPrefix(PercentEncoding.decode(prefix)));
  }

  /**
   * For a route that takes no parameters.
   *
   * @throws ProxyError {@code INVALID_REQUEST}
   */
  static void refuseAny(HttpServerRequest request) {
    for (String unknown : parameters(request).keySet()) {
      throw invalid(unknown, "This route takes no parameters: drop what follows the '?'.");
    }
  }

  private static Map<String, String> parameters(HttpServerRequest request) {
    Map<String, String> found = new HashMap<>();
    String query = request.query();
    if (query == null || query.isEmpty()) {
      return found;
    }
    for (String parameter : query.split("&", -1)) {
      int end = parameter.indexOf('=');
      String name = end < 0 ? parameter : parameter.substring(0, end);
      if (found.put(name, end < 0 ? "" : parameter.substring(end + 1)) != null) {
        throw invalid(name, "The parameter is given twice: give it once.");
      }
    }
    return found;
  }

  private static long version(String value) {
    try {
      if (value.matches("[0-9]{1,19}")) {
        return Long.parseLong(value);
      }
    } catch (NumberFormatException tooLarge) {
      // Told below.
    }
    throw invalid(
        SINCE,
        "since takes the index_version of an earlier answer, a whole number up to "
            + Long.MAX_VALUE
            + ".");
  }

  private static ProxyError invalid(String parameter, String detail) {
    return new ProxyError(
        ProxyError.Kind.INVALID_REQUEST,
        detail,
        Map.of("parameter", AccessLog.printable(parameter)));
  }
}
