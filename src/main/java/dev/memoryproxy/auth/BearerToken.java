package dev.memoryproxy.auth;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.config.Secret;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code Authorization} header with a bearer token (RFC 6750, RFC 9110 section 11.6.2). */
final class BearerToken {
  private static final int MAX_LENGTH = 4096;

  private static final Pattern CREDENTIALS =
      Pattern.compile("bearer +(?<token>[A-Za-z0-9._~+/-]+=*)", Pattern.CASE_INSENSITIVE);

  private static final String REMEDY = "send 'Authorization: Bearer <token>'.";

  private BearerToken() {}

  /**
   * Takes the token out of a request's headers.
   *
   * @throws ProxyError {@code UNAUTHENTICATED}, saying what to send
   */
  static Secret of(MultiMap headers) {
    List<String> values = headers.getAll(HttpHeaders.AUTHORIZATION);
    if (values.isEmpty()) {
      throw unauthenticated("The request has no token: " + REMEDY);
    }
    if (values.size() > 1) {
      throw unauthenticated("The request has several Authorization headers: send one.");
    }
    String value = values.get(0);
    if (value.length() > MAX_LENGTH + "Bearer ".length()) {
      throw unauthenticated(
          "The token is longer than 4096 characters: send the one you were given.");
    }
    Matcher matcher = CREDENTIALS.matcher(value);
    if (!matcher.matches()) {
      throw unauthenticated("The Authorization header is not a bearer token: " + REMEDY);
    }
    return Secret.of(matcher.group("token"));
  }

  private static ProxyError unauthenticated(String detail) {
    return new ProxyError(ProxyError.Kind.UNAUTHENTICATED, detail);
  }
}
