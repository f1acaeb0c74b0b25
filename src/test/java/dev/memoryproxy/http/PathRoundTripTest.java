package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PathRoundTripTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  static Stream<String> paths() {
    return Stream.of(
        "plain.md",
        "with space.md",
        " leading and trailing ",
        "a+b.md",
        "100%25.md",
        "%25",
        "%2e%2e",
        "it's \"quoted\".md",
        "emoji \uD83E\uDDE0/\uD83D\uDE80.json",
        "question?mark#hash&amp=1",
        "back\\slash",
        "...",
        "..a/.b",
        "blob/blob/sync",
        "umlaut-\u00e4-a\u0308",
        "semi;colon:at@comma,",
        ".sync",
        "sync-index.json",
        "a".repeat(900),
        "\uD83E\uDDE0".repeat(225));
  }

  /** Encodes what must be encoded, leaves slashes alone. */
  private static String encoded(String path) {
    StringBuilder out = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c == '/' || (Character.isLetterOrDigit(c) && c < 0x80) || "-._~+".indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append(String.format("%%%02X", (int) c));
      }
    }
    return out.toString();
  }

  @ParameterizedTest
  @MethodSource("paths")
  void reachesTheStoreExactly(String path) throws IOException {
    String target = "/blob/" + encoded(path);
    assertThat(edge.send("PUT", target, "content of it", "Content-MD5: new").status())
        .isEqualTo(201);
    assertThat(edge.storage.puts.get(0).address()).isEqualTo(FakeStorage.at(path));
    assertThat(edge.send("GET", target, "").body()).isEqualTo("content of it");

    String everythingEncoded = "/blob/" + encoded(path).replace("/", "%2F").replace("+", "%2B");
    assertThat(edge.send("GET", everythingEncoded, "").body()).isEqualTo("content of it");
    assertThat(edge.send("DELETE", everythingEncoded.toLowerCase(Locale.ROOT), "").status())
        .isIn(204, 404);
  }

  @Test
  void absoluteFormTargetsMeanTheSame() throws IOException {
    assertThat(edge.send("PUT", "http://localhost/blob/a%20b", "x", "Content-MD5: new").status())
        .isEqualTo(201);
    assertThat(edge.storage.files).containsKey(FakeStorage.at("a b"));
    assertThat(edge.send("GET", "http://localhost/health", "", "Authorization: ").status())
        .isEqualTo(200);
  }

  @Test
  void bareQuestionMarkIsRefusedRatherThanCutOff() throws IOException {
    RawResponse response = edge.send("PUT", "/blob/what?.md", "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.json().getString("detail")).contains("%3F");
    assertThat(edge.storage.calls).isEmpty();
  }
}
