package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** GET and HEAD /namespaces over the wire. */
class NamespacesTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void listIsSentWithAnEtagThatGives304() throws IOException {
    edge.index.document = FakeIndex.of("list-1", "{\"namespaces\":[]}");
    RawResponse answer = edge.send("GET", "/namespaces", "");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).contains("application/json");
    assertThat(answer.body()).isEqualTo("{\"namespaces\":[]}");
    assertThat(answer.header("ETag")).contains("\"list-1\"");
    assertThat(edge.send("GET", "/namespaces", "", "If-None-Match: \"list-1\"").status())
        .isEqualTo(304);
  }

  @Test
  void listNeedsAToken() throws IOException {
    assertThat(edge.send("GET", "/namespaces", "", "Authorization: Bearer bad").status())
        .isEqualTo(401);
  }

  @Test
  void listIsOnlyRead() throws IOException {
    RawResponse answer = edge.send("PUT", "/namespaces", "x");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("Allow")).contains("GET, HEAD");
  }
}
