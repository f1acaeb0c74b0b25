package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamespaceTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "personas/default/memory",
        "a/blob/b",
        "a/sync",
        "blobs",
        "Blob",
        "%62lob",
        "with space",
        "a+b",
        "...",
        "\uD83E\uDDE0/\u00e4"
      })
  void keepsWhatItIsGiven(String name) {
    assertThat(Namespace.parse(name).name()).isEqualTo(name);
    assertThat(Namespace.parse(name)).isEqualTo(Namespace.parse(name)).hasToString(name);
    assertThat(Namespace.claimed(name)).contains(Namespace.parse(name));
  }

  static Stream<String> bad() {
    return Stream.of(
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "a/..",
        "./a",
        "a\nb",
        "a\u0085b",
        ".sync-log",
        "a/.sync-log/b",
        "blob",
        "sync/a",
        "health",
        "namespaces/a/b",
        "\ud800",
        "a".repeat(513),
        "\u00e4".repeat(257));
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesWhatCouldMeanAnotherNamespaceOrNone(String name) {
    assertThatThrownBy(() -> Namespace.parse(name))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.INVALID_PATH);
              assertThat(error.detail()).startsWith("The namespace ");
              assertThat(error.context()).containsKey("namespace");
            });
    assertThat(Namespace.claimed(name))
        .isEqualTo(name.isEmpty() ? Optional.of(Namespace.DEFAULT) : Optional.empty());
  }

  @Test
  void namespaceAndPathTogetherFitAnObjectKey() {
    BlobPath path = BlobPath.parse("p".repeat(900));
    String prefix = "x".repeat(100);
    // 100 + 1 + 22 + 1 + 900 = 1024
    assertThat(new BlobAddress(Namespace.parse("n".repeat(22)), path).key(prefix)).hasSize(1024);
    BlobAddress tooLong = new BlobAddress(Namespace.parse("n".repeat(23)), path);
    assertThatThrownBy(() -> tooLong.key(prefix))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.INVALID_PATH);
              assertThat(error.detail()).contains("1024", "1025");
            });
  }

  @Test
  void keyLimitCountsBytesOfUtf8() {
    BlobPath path = BlobPath.parse("\uD83E\uDDE0".repeat(225));
    Namespace namespace = Namespace.parse("\u00e4".repeat(61));
    assertThat(new BlobAddress(namespace, path).key("")).hasSize(61 + 1 + 450);
    assertThatThrownBy(() -> new BlobAddress(namespace, path).key("ab"))
        .isInstanceOf(ProxyError.class);
  }
}
