package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentEncodingTest {
  private static final int ROUNDS = 20_000;

  /** Encodes as some client might: what must be encoded always, the rest as the dice fall. */
  private static String encode(String text, Random random) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      int octet = b & 0xff;
      boolean mayStayBare = octet > 0x20 && octet < 0x7f && octet != '%';
      if (mayStayBare && random.nextBoolean()) {
        out.append((char) octet);
      } else {
        out.append(String.format(random.nextBoolean() ? "%%%02X" : "%%%02x", octet));
      }
    }
    return out.toString();
  }

  private static String randomText(Random random) {
    StringBuilder out = new StringBuilder();
    for (int i = random.nextInt(30); i > 0; i--) {
      int bound = new int[] {0x80, 0x800, 0xd800, 0x110000}[random.nextInt(4)];
      int codePoint = random.nextInt(bound);
      if (codePoint < 0xd800 || codePoint > 0xdfff) {
        out.appendCodePoint(codePoint);
      }
    }
    return out.toString();
  }

  @Test
  void decodingUndoesAnyEncoding() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < ROUNDS; i++) {
      String text = randomText(random);
      String encoded = encode(text, random);
      assertThat(PercentEncoding.decode(encoded))
          .as("-Dseed=%d: %s", seed, encoded)
          .isEqualTo(text);
    }
  }

  @Test
  void randomBytesDecodeToTheirUtf8OrAreRefused() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bytes = new byte[random.nextInt(6)];
      random.nextBytes(bytes);
      StringBuilder encoded = new StringBuilder();
      for (byte b : bytes) {
        encoded.append(String.format("%%%02X", b & 0xff));
      }
      String lenient = new String(bytes, StandardCharsets.UTF_8);
      boolean valid = java.util.Arrays.equals(lenient.getBytes(StandardCharsets.UTF_8), bytes);
      if (valid) {
        assertThat(PercentEncoding.decode(encoded.toString()))
            .as("-Dseed=%d", seed)
            .isEqualTo(lenient);
      } else {
        assertThatThrownBy(() -> PercentEncoding.decode(encoded.toString()))
            .as("-Dseed=%d: %s", seed, encoded)
            .isInstanceOf(ProxyError.class);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a+b,a+b",
    "a%2Bb,a+b",
    "%2520,%20",
    "%25,%",
    "%C3%a4,\u00e4",
    "%F0%9F%A7%A0,\uD83E\uDDE0",
    "a%2Fb,a/b"
  })
  void decodesOnce(String encoded, String decoded) {
    assertThat(PercentEncoding.decode(encoded)).isEqualTo(decoded);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "a%",
        "%4",
        "%zz",
        "%4g",
        "%g4",
        "%-1",
        "%+1",
        "% 1",
        "%%41",
        "\u00e4",
        "%FF",
        "%C3",
        "%C3%28",
        "%C0%80",
        "%C0%AF",
        "%ED%A0%80",
        "%F4%90%80%80",
        "%\uff11\uff11"
      })
  void refusesWhatIsNotPercentEncodedUtf8(String encoded) {
    assertThatThrownBy(() -> PercentEncoding.decode(encoded))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> assertThat(error.kind()).isEqualTo(ProxyError.Kind.INVALID_PATH));
  }
}
