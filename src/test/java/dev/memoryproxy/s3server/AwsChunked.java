package dev.memoryproxy.s3server;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;

/**
 * The framing that SDKs put around a body which they sign or checksum in pieces: {@code
 * size-in-hex[;extensions] CRLF bytes CRLF ... 0 CRLF trailers CRLF}.
 */
final class AwsChunked {
  private AwsChunked() {}

  /** The body without framing, or the body as it is when it has none. */
  static Buffer decode(MultiMap headers, Buffer body) {
    String sha = headers.get("x-amz-content-sha256");
    if (sha == null || !sha.startsWith("STREAMING-")) {
      return body;
    }
    Buffer content = Buffer.buffer(body.length());
    int at = 0;
    while (true) {
      int end = lineEnd(body, at);
      String line = body.getString(at, end);
      int semicolon = line.indexOf(';');
      int size = size(semicolon < 0 ? line : line.substring(0, semicolon));
      at = end + 2;
      if (size == 0) {
        break;
      }
      if (at + size + 2 > body.length()) {
        throw incomplete();
      }
      content.appendBuffer(body, at, size);
      at += size + 2;
    }
    String announced = headers.get("x-amz-decoded-content-length");
    if (announced != null && !announced.equals(Integer.toString(content.length()))) {
      throw incomplete();
    }
    return content;
  }

  private static int size(String hex) {
    try {
      return Integer.parseInt(hex.trim(), 16);
    } catch (NumberFormatException e) {
      throw incomplete();
    }
  }

  private static int lineEnd(Buffer body, int from) {
    for (int i = from; i + 1 < body.length(); i++) {
      if (body.getByte(i) == '\r' && body.getByte(i + 1) == '\n') {
        return i;
      }
    }
    throw incomplete();
  }

  private static ProxyError incomplete() {
    return new ProxyError(ProxyError.Kind.INVALID_REQUEST, "The chunked body is malformed.");
  }
}
