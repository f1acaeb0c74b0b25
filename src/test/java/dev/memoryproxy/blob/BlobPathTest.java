package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlobPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "a/b/c",
        "...",
        "..a",
        "a..",
        ".hidden",
        ".sync",
        ".syncindex",
        "sync-index.json",
        "a.sync-b",
        " ",
        "a b",
        "100%",
        "%2e%2e",
        "~",
        "back\\slash",
        "\uD83E\uDDE0"
      })
  void keepsWhatItIsGiven(String path) {
    assertThat(BlobPath.parse(path)).hasToString(path).isEqualTo(BlobPath.parse(path));
  }

  @ParameterizedTest
  @MethodSource("badPaths")
  void refusesWhatCouldMeanAnotherFileOrNone(String path) {
    assertThatThrownBy(() -> BlobPath.parse(path))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.INVALID_PATH);
              assertThat(error.detail()).isNotBlank();
              assertThat(error.context().values())
                  .allMatch(value -> value.chars().noneMatch(Character::isISOControl));
            });
  }

  static Stream<String> badPaths() {
    return Stream.of(
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/.",
        "./a",
        "a/../b",
        "\u0000",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\u007fb",
        "a\u0085b",
        ".sync-",
        ".sync-index.json",
        "a/.sync-log/b",
        "a/.sync-x",
        "\ud800",
        "a\udc00b",
        "a".repeat(901),
        "\u00e4".repeat(451));
  }

  @Test
  void limitCountsBytesOfUtf8() {
    assertThat(BlobPath.parse("a".repeat(900))).isNotNull();
    assertThat(BlobPath.parse("\u00e4".repeat(450))).isNotNull();
    assertThat(BlobPath.parse("\uD83E\uDDE0".repeat(225))).isNotNull();
  }

  @Test
  void encodedSlashesSeparateLikeBareOnes() {
    assertThat(BlobPath.parseEncoded("a%2Fb")).isEqualTo(BlobPath.parse("a/b"));
    assertThatThrownBy(() -> BlobPath.parseEncoded("a%2F..")).isInstanceOf(ProxyError.class);
    assertThatThrownBy(() -> BlobPath.parseEncoded("%2e%2e/a")).isInstanceOf(ProxyError.class);
    assertThat(BlobPath.parseEncoded("%252e%252e")).hasToString("%2e%2e");
  }

  @Test
  void acceptsExactlyWhatTheRuleSaysOfRandomPaths() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    String[] parts = {"a", "/", ".", "..", ".sync-", "sync-", "\u0001", "\u00e4", "-", " "};
    for (int i = 0; i < 50_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(7); n > 0; n--) {
        text.append(parts[random.nextInt(parts.length)]);
      }
      String path = text.toString();
      boolean good =
          path.getBytes(StandardCharsets.UTF_8).length <= 900
              && path.indexOf('\u0001') < 0
              && Arrays.stream(path.split("/", -1))
                  .noneMatch(
                      segment ->
                          segment.isEmpty()
                              || segment.equals(".")
                              || segment.equals("..")
                              || segment.startsWith(".sync-"));
      if (good) {
        assertThat(BlobPath.parse(path).toString()).as("-Dseed=%d", seed).isEqualTo(path);
      } else {
        assertThatThrownBy(() -> BlobPath.parse(path))
            .as("-Dseed=%d: '%s'", seed, path)
            .isInstanceOf(ProxyError.class);
      }
    }
  }

  @Test
  void keyIsPrefixNamespaceAndPath() {
    BlobPath path = BlobPath.parse("b/c");
    assertThat(path.key("memory", Namespace.DEFAULT)).isEqualTo("memory/b/c");
    assertThat(path.key("memory", Namespace.parse("a"))).isEqualTo("memory/a/b/c");
    assertThat(path.key("", Namespace.DEFAULT)).isEqualTo("b/c");
    assertThat(new BlobAddress(Namespace.parse("a"), path).key("")).isEqualTo("a/b/c");
  }
}
