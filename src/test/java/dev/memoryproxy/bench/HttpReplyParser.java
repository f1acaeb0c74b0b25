package dev.memoryproxy.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Finds the end of one answer in what comes in. Confined to whoever guards its connection. */
final class HttpReplyParser {
  private byte[] head = new byte[1024];
  private int headLength;
  private HttpLoad.@Nullable Reply reply;
  private long left;

  void reset() {
    headLength = 0;
    reply = null;
    left = 0;
  }

  /** Takes what came; answers the reply when it is whole. */
  HttpLoad.@Nullable Reply take(ByteBuffer input) {
    while (reply == null && input.hasRemaining()) {
      if (headLength == head.length) {
        head = Arrays.copyOf(head, headLength * 2);
      }
      head[headLength++] = input.get();
      if (head[headLength - 1] == '\n' && endsHead()) {
        reply = parse(new String(head, 0, headLength, StandardCharsets.ISO_8859_1));
        boolean interim = reply.status() == 100;
        left = reply.length();
        if (interim) {
          reset();
        }
      }
    }
    if (reply == null) {
      return null;
    }
    left -= input.remaining();
    return left <= 0 ? reply : null;
  }

  private boolean endsHead() {
    return headLength >= 4
        && head[headLength - 2] == '\r'
        && head[headLength - 3] == '\n'
        && head[headLength - 4] == '\r';
  }

  private static HttpLoad.Reply parse(String text) {
    HttpLoad.Reply parsed = new HttpLoad.Reply(Integer.parseInt(text.substring(9, 12)), text, 0);
    boolean bodiless = parsed.status() == 304 || parsed.status() == 204 || parsed.status() == 100;
    String length = bodiless ? "0" : parsed.header("Content-Length");
    if (length.isEmpty()) {
      throw new IllegalStateException("an answer without length: " + text);
    }
    return new HttpLoad.Reply(parsed.status(), text, Long.parseLong(length));
  }
}
