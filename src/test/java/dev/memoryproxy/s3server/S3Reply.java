package dev.memoryproxy.s3server;

import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer that is ready to be sent.
 *
 * @param length what {@code Content-Length} says; larger than the body's for a HEAD
 */
record S3Reply(int status, Map<String, String> headers, Buffer body, long length) {
  private static final Buffer NOTHING = Buffer.buffer(0);

  static S3Reply of(int status, Map<String, String> headers, Buffer body) {
    return new S3Reply(status, headers, body, body.length());
  }

  static S3Reply empty(int status) {
    return of(status, Map.of(), NOTHING);
  }

  static S3Reply xml(int status, String document) {
    return of(status, Map.of("Content-Type", "application/xml"), Buffer.buffer(document));
  }

  static S3Reply error(int status, String code, String message) {
    return xml(status, S3Xml.error(code, message));
  }

  /** An error under the code that S3 most often uses with its status. */
  static S3Reply error(int status) {
    String code =
        switch (status) {
          case 403 -> "AccessDenied";
          case 404 -> "NoSuchKey";
          case 409 -> "ConditionalRequestConflict";
          case 412 -> "PreconditionFailed";
          case 429 -> "TooManyRequests";
          case 500 -> "InternalError";
          case 501 -> "NotImplemented";
          case 503 -> "SlowDown";
          default -> "Error" + status;
        };
    return error(status, code, "Answered so on command.");
  }

  /** The same without its body, as a HEAD wants it. */
  S3Reply headersOnly() {
    boolean error = status >= 400;
    return new S3Reply(status, headers, NOTHING, error ? 0 : length);
  }

  S3Reply with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new S3Reply(status, more, body, length);
  }
}
