package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The headers of a request, read strictly: what may be sent once must not be sent twice. */
final class RequestHeaders {
  private final MultiMap headers;

  RequestHeaders(MultiMap headers) {
    this.headers = headers;
  }

  /**
   * A header that a request carries at most once.
   *
   * @throws ProxyError {@code INVALID_HEADER} when it is repeated
   */
  Optional<String> single(CharSequence name) {
    List<String> values = headers.getAll(name);
    if (values.size() > 1) {
      throw invalid(
          name, "The header " + name + " was sent " + values.size() + " times: send one.");
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
  }

  /** All values of a header whose lines form one comma-separated list. */
  Optional<String> joined(CharSequence name) {
    List<String> values = headers.getAll(name);
    return values.isEmpty() ? Optional.empty() : Optional.of(String.join(",", values));
  }

  boolean has(CharSequence name) {
    return headers.contains(name);
  }

  /** Whether a header can carry the text as it is. */
  static boolean isPrintable(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c >= 0x7f) {
        return false;
      }
    }
    return true;
  }

  static ProxyError invalid(CharSequence name, String detail) {
    return new ProxyError(
        ProxyError.Kind.INVALID_HEADER, detail, Map.of("header", name.toString()));
  }
}
