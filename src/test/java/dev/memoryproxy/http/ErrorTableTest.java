package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.blob.ProxyError.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ErrorTableTest {
  private static final Map<Kind, Integer> PUBLISHED = new EnumMap<>(Kind.class);

  static {
    PUBLISHED.put(Kind.INVALID_REQUEST, 400);
    PUBLISHED.put(Kind.INVALID_PATH, 400);
    PUBLISHED.put(Kind.INVALID_HEADER, 400);
    PUBLISHED.put(Kind.DIGEST_MISMATCH, 400);
    PUBLISHED.put(Kind.UNAUTHENTICATED, 401);
    PUBLISHED.put(Kind.FORBIDDEN, 403);
    PUBLISHED.put(Kind.NOT_FOUND, 404);
    PUBLISHED.put(Kind.METHOD_NOT_ALLOWED, 405);
    PUBLISHED.put(Kind.REQUEST_TIMEOUT, 408);
    PUBLISHED.put(Kind.CONFLICT, 409);
    PUBLISHED.put(Kind.PRECONDITION_FAILED, 412);
    PUBLISHED.put(Kind.TOO_LARGE, 413);
    PUBLISHED.put(Kind.URI_TOO_LONG, 414);
    PUBLISHED.put(Kind.RANGE_NOT_SATISFIABLE, 416);
    PUBLISHED.put(Kind.EXPECTATION_FAILED, 417);
    PUBLISHED.put(Kind.PRECONDITION_REQUIRED, 428);
    PUBLISHED.put(Kind.HEADERS_TOO_LARGE, 431);
    PUBLISHED.put(Kind.INTERNAL, 500);
    PUBLISHED.put(Kind.DAMAGED, 500);
    PUBLISHED.put(Kind.STORAGE_UNAVAILABLE, 503);
    PUBLISHED.put(Kind.AUTH_UNAVAILABLE, 503);
    PUBLISHED.put(Kind.OVERLOADED, 503);
  }

  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void everyKindHasItsPublishedStatusBodyAndHeaders() throws Exception {
    RawClient client = edge.connect();
    for (Kind kind : Kind.values()) {
      Map<String, String> context = Map.of("size", "7", "allowed_methods", "GET", "other", "x");
      edge.storage.before = call -> Future.failedFuture(new ProxyError(kind, "Do this.", context));
      RawResponse response = client.send("GET", "/blob/a", "");
      System.out.printf("%-22s %d %s%n", kind, response.status(), response.headers());

      assertThat(response.status()).as(kind.name()).isEqualTo(PUBLISHED.get(kind));
      assertThat(response.header("content-type")).contains("application/json");
      assertThat(response.json().fieldNames()).containsExactly("detail", "error_code", "context");
      assertThat(response.json().getString("detail")).isEqualTo("Do this.");
      assertThat(response.errorCode()).isEqualTo(kind.name());
      assertThat(response.json().getJsonObject("context").getMap()).isEqualTo(Map.copyOf(context));
      assertThat(response.header("www-authenticate").isPresent())
          .isEqualTo(response.status() == 401);
      assertThat(response.header("retry-after").isPresent()).isEqualTo(response.status() == 503);
      assertThat(response.header("allow").isPresent()).isEqualTo(response.status() == 405);
      assertThat(response.header("content-range").isPresent()).isEqualTo(response.status() == 416);
      assertThat(response.header("x-request-id")).isPresent();

      RawResponse head = client.send("HEAD", "/blob/a", "");
      assertThat(head.status()).isEqualTo(response.status());
    }
    edge.storage.before = call -> Future.succeededFuture();
    edge.storage.store("a", "still in step");
    assertThat(client.send("GET", "/blob/a", "").body()).isEqualTo("still in step");
  }

  @Test
  void retryAfterIsInWholeSecondsRoundedUpAndNeverZero() throws Exception {
    long[][] table = {{0, 1}, {1, 1}, {1_000, 1}, {1_001, 2}, {5_000, 5}};
    for (long[] row : table) {
      edge.storage.before =
          call ->
              Future.failedFuture(
                  ProxyError.unavailable(
                      Kind.OVERLOADED, "Wait.", Duration.ofMillis(row[0]), null));
      assertThat(edge.send("GET", "/blob/a", "").header("retry-after"))
          .contains(Long.toString(row[1]));
    }
  }
}
