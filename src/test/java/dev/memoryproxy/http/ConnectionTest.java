package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionTest {
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withHeaderTimeout(Duration.ofMillis(500)));

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "one", "Content-MD5: new")
            + RawClient.request("GET", "/blob/a", "")
            + RawClient.request("GET", "/blob/b", "")
            + RawClient.request("HEAD", "/blob/a", "")
            + RawClient.request("GET", "/blob/a", ""));
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(client.read(false).body()).isEqualTo("one");
    assertThat(client.read(false).status()).isEqualTo(404);
    assertThat(client.read(true).header("content-length")).contains("3");
    assertThat(client.read(false).body()).isEqualTo("one");
  }

  @Test
  void connectionGoesOnAfterARefusalWhoseBodyWasDrained() throws IOException {
    RawClient client = edge.connect();
    RawResponse refused = client.send("PUT", "/blob/a", "x".repeat(60_000));
    assertThat(refused.status()).isEqualTo(428);
    assertThat(refused.header("connection")).isEmpty();
    assertThat(client.send("PUT", "/blob/..", "body", "Content-MD5: new").status()).isEqualTo(400);
    assertThat(client.send("GET", "/blob/a", "an unexpected body").status()).isEqualTo(404);
    assertThat(client.send("PUT", "/blob/a", "x", "Content-MD5: new").status()).isEqualTo(201);
    assertThat(client.send("DELETE", "/blob/a", "an unexpected body").status()).isEqualTo(204);
    assertThat(client.send("GET", "/health", "").status()).isEqualTo(200);
  }

  @Test
  void pipelinedRequestAfterARefusalWithDrainedBodyIsServed() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "x".repeat(60_000))
            + RawClient.request("PUT", "/blob/a", "two", "Content-MD5: new")
            + RawClient.request("GET", "/blob/a", ""));
    assertThat(client.read(false).status()).isEqualTo(428);
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(client.read(false).body()).isEqualTo("two");
  }

  @Test
  void nothingIsServedAfterAnAnswerThatSaidClose() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Transfer-Encoding: chunked")
            + "3\r\nabc\r\n0\r\n\r\n"
            + RawClient.request("PUT", "/blob/b", "two", "Content-MD5: new"));
    RawResponse refused = client.read(false);
    assertThat(refused.status()).isEqualTo(428);
    assertThat(refused.header("connection")).contains("close");
    assertThat(client.drain()).isEmpty();
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void clientThatAsksForCloseGetsIt() throws IOException {
    RawClient client = edge.connect();
    assertThat(client.send("GET", "/blob/a", "", "Connection: close").status()).isEqualTo(404);
    assertThat(client.drain()).isEmpty();
  }

  @Test
  void http10IsAnsweredAndClosed() throws IOException {
    edge.storage.store("a", "old");
    RawClient client = edge.connect();
    client.write("GET /blob/a HTTP/1.0\r\nAuthorization: " + EdgeServer.TOKEN + "\r\n\r\n");
    assertThat(client.read(false).body()).isEqualTo("old");
    assertThat(client.drain()).isEmpty();
  }

  @Test
  void overlongRequestLineIs414() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/" + "a".repeat(16 * 1024), "x", "Content-MD5: new"));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(414);
    assertThat(response.errorCode()).isEqualTo("URI_TOO_LONG");
    assertThat(response.body()).contains("limit of 16384 bytes");
    assertThat(response.header("x-request-id")).isPresent();
    assertThat(client.drain()).isEmpty();
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void overlongRequestLineIsReadableByAClientThatKeepsSending() throws IOException {
    RawClient client = edge.connect();
    client.write(RawClient.request("PUT", "/blob/" + "a".repeat(400_000), "x", "Content-MD5: new"));
    assertThat(client.read(false).status()).isEqualTo(414);
  }

  @Test
  void overlargeHeadersAre431() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request(
            "PUT", "/blob/a", "x", "Content-MD5: new", "X-Big: " + "a".repeat(33 * 1024)));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(431);
    assertThat(response.errorCode()).isEqualTo("HEADERS_TOO_LARGE");
    assertThat(response.body()).contains("limit of 32768 bytes");
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void longLinesAndHeadersWithinTheLimitsAreRead() throws IOException {
    assertThat(
            edge.send(
                    "PUT",
                    "/blob/" + "%C3%A4".repeat(450),
                    "x",
                    "Content-MD5: new",
                    "X-Big: " + "a".repeat(30 * 1024))
                .status())
        .isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "PUT /blob/a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\nHost: x\r\nContent-MD5 : new\r\n\r\n",
        "PUT /blob/a HTTP/1.1\r\n\r\n",
      })
  void whatIsNotHttpIs400InTheSameShape(String bytes) throws IOException {
    RawClient client = edge.connect();
    client.write(bytes);
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isEqualTo("INVALID_REQUEST");
    assertThat(response.json().getJsonObject("context")).isNotNull();
    assertThat(response.header("x-request-id")).isPresent();
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void headersThatTrickleInRunIntoTheirOwnTimeout() throws Exception {
    RawClient client = edge.connect();
    client.write("GET /health HTTP/1.1\r\nHost: x\r\n");
    assertThat(client.drain()).isEmpty();
  }

  @Test
  void connectionOutlivesTheHeaderTimeoutOnceARequestWasServed() throws Exception {
    RawClient client = edge.connect();
    assertThat(client.send("GET", "/health", "").status()).isEqualTo(200);
    RawClient silent = edge.connect();
    assertThat(silent.drain()).isEmpty();
    assertThat(client.send("GET", "/health", "").status()).isEqualTo(200);
  }
}
