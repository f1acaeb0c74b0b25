package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthenticationOrderTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @ParameterizedTest
  @CsvSource({
    "GET,/blob/a",
    "PUT,/blob/..",
    "FOO,/blob/a",
    "GET,/nowhere",
    "GET,/sync",
    "GET,/health/",
    "GET,//health",
    "GET,/health%2F",
    "GET,/%68ealth",
    "GET,/blob/../health",
  })
  void everythingButHealthNeedsAToken(String method, String target) throws IOException {
    RawResponse response = edge.send(method, target, "", "Authorization: Bearer bad");
    assertThat(response.status()).isEqualTo(401);
    assertThat(response.errorCode()).isEqualTo("UNAUTHENTICATED");
    assertThat(response.header("www-authenticate")).contains("Bearer");
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void healthNeedsNoneWhateverTheMethod() throws IOException {
    assertThat(edge.send("GET", "/health", "", "Authorization: ").status()).isEqualTo(200);
    assertThat(edge.send("PUT", "/health", "x", "Authorization: ").status()).isEqualTo(405);
  }

  @Test
  void bodySentWhileAuthenticationIsPendingIsNotLost() throws IOException {
    RawClient client = edge.connect();
    // One write: the body is there before the token is checked, a millisecond later, and waits for
    // the storage's word on the precondition too.
    edge.storage.before = call -> edge.vertx().timer(20).mapEmpty();
    client.write(RawClient.request("PUT", "/blob/a", "x".repeat(50_000), "Content-MD5: new"));
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(edge.storage.content("a")).hasSize(50_000);
  }
}
