package dev.memoryproxy.http;

import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.SyncView;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.OptionalLong;

/** Reads which part of the index is asked for: {@code ?since=} and {@code ?prefix=}. */
final class SyncQueries {
  private static final String SINCE = "since";
  private static final String PREFIX = "prefix";

  private SyncQueries() {}

  /**
   * @throws ProxyError {@code INVALID_REQUEST}; parameters of other names are ignored
   */
  static SyncView.Query parse(HttpServerRequest request) {
    OptionalLong since = OptionalLong.empty();
    String prefix = "";
    String query = request.query();
    if (query == null) {
      return SyncView.Query.ALL;
    }
    for (String parameter : query.split("&", -1)) {
      int end = parameter.indexOf('=');
      String name = end < 0 ? parameter : parameter.substring(0, end);
      String value = end < 0 ? "" : parameter.substring(end + 1);
      if (name.equals(SINCE)) {
        since = OptionalLong.of(version(value));
      } else if (name.equals(PREFIX)) {
        prefix = PercentEncoding.decode(value);
      }
    }
    return new SyncView.Query(since, prefix);
  }

  private static long version(String value) {
    if (!value.matches("[0-9]{1,18}")) {
      throw new ProxyError(
          ProxyError.Kind.INVALID_REQUEST,
          "since takes the index_version of an earlier answer, a whole number.",
          Map.of("parameter", SINCE));
    }
    return Long.parseLong(value);
  }
}
