package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RefusedBodyTest {
  // Longer than any test: only a client that closes ends a connection here.
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withCloseGrace(Duration.ofMinutes(5)));

  private static void awaitAnswer(RawClient client) throws Exception {
    while (client.socket().getInputStream().available() == 0) {
      Thread.sleep(1);
    }
  }

  @Test
  void answerIsReadByAClientThatSendsOnRegardless() throws Exception {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Content-MD5: new", "Content-Length: 1000001"));
    awaitAnswer(client);
    // More than is drained, less than the sockets' buffers hold. A closed socket would refuse it.
    for (int i = 0; i < 150; i++) {
      client.write("x".repeat(1_000));
      edge.send("GET", "/health", "");
    }
    assertThat(client.read(false).status()).isEqualTo(413);
    assertThat(edge.storage.count("admit")).isZero();
  }

  @Test
  void answerToAnEndlessRequestLineIsReadByAClientThatSendsOnRegardless() throws Exception {
    RawClient client = edge.connect();
    client.write("PUT /blob/" + "a".repeat(20_000));
    awaitAnswer(client);
    for (int i = 0; i < 100; i++) {
      client.write("a".repeat(10_000));
      edge.send("GET", "/health", "");
    }
    assertThat(client.read(false).status()).isEqualTo(414);
  }

  @Test
  void connectionClosesAtOnceWhenTheBodyThatWasTooLongToDrainEndsEarly() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Transfer-Encoding: chunked") + "0\r\n\r\n");
    assertThat(client.read(false).status()).isEqualTo(428);
    assertThat(client.drain()).isEmpty();
  }
}
