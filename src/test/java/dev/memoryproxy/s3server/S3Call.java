package dev.memoryproxy.s3server;

import dev.memoryproxy.blob.PercentEncoding;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Map;

/**
 * One S3 request, read whole.
 *
 * @param key decoded; empty for a request on the bucket
 * @param query decoded
 * @param body already freed of the framing that SDKs may put around it
 */
public record S3Call(
    S3Operation operation,
    String bucket,
    String key,
    Map<String, String> query,
    MultiMap headers,
    Buffer body) {

  /** Reads a path-style request; fails with {@link dev.memoryproxy.blob.ProxyError}. */
  static S3Call of(HttpServerRequest request, Buffer body) {
    String uri = request.uri();
    int mark = uri.indexOf('?');
    String path = mark < 0 ? uri : uri.substring(0, mark);
    Map<String, String> query = mark < 0 ? Map.of() : query(uri.substring(mark + 1));
    int slash = path.indexOf('/', 1);
    String bucket =
        PercentEncoding.decode(slash < 0 ? path.substring(1) : path.substring(1, slash));
    String key = slash < 0 ? "" : PercentEncoding.decode(path.substring(slash + 1));
    MultiMap headers = request.headers();
    return new S3Call(
        operation(request.method(), key, query, headers),
        bucket,
        key,
        query,
        headers,
        AwsChunked.decode(headers, body));
  }

  private static S3Operation operation(
      HttpMethod method, String key, Map<String, String> query, MultiMap headers) {
    String name = method.name();
    if (key.isEmpty()) {
      return switch (name) {
        case "GET" -> "2".equals(query.get("list-type")) ? S3Operation.LIST : S3Operation.OTHER;
        case "HEAD" -> S3Operation.HEAD_BUCKET;
        case "PUT" -> query.isEmpty() ? S3Operation.CREATE_BUCKET : S3Operation.OTHER;
        default -> S3Operation.OTHER;
      };
    }
    boolean subresource = query.keySet().stream().anyMatch(name2 -> !name2.equals("x-id"));
    if (subresource || headers.contains("x-amz-copy-source")) {
      return S3Operation.OTHER;
    }
    return switch (name) {
      case "PUT" -> S3Operation.PUT;
      case "GET" -> S3Operation.GET;
      case "HEAD" -> S3Operation.HEAD;
      case "DELETE" -> S3Operation.DELETE;
      default -> S3Operation.OTHER;
    };
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      query.put(PercentEncoding.decode(name), PercentEncoding.decode(value.replace("+", "%20")));
    }
    return query;
  }
}
