package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Md5Test {
  @Test
  void readsHexOfEitherCaseAndBase64() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      byte[] digest = new byte[16];
      random.nextBytes(digest);
      String hex = HexFormat.of().formatHex(digest);
      assertThat(Md5.parse(hex)).as("-Dseed=%d", seed).contains(hex);
      assertThat(Md5.parse(hex.toUpperCase(Locale.ROOT))).as("-Dseed=%d", seed).contains(hex);
      assertThat(Md5.parse(Base64.getEncoder().encodeToString(digest)))
          .as("-Dseed=%d", seed)
          .contains(hex);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "new",
        "d41d8cd98f00b204e9800998ecf8427",
        "d41d8cd98f00b204e9800998ecf8427ef",
        "g41d8cd98f00b204e9800998ecf8427e",
        " d41d8cd98f00b204e9800998ecf8427e",
        "1B2M2Y8AsgTpgAmY7PhCfg=",
        "1B2M2Y8AsgTpgAmY7PhCfg",
        "1B2M2Y8AsgTpgAmY7PhC_g==",
        "1B2M2Y8AsgTpgAmY7PhCfgAA",
        "1B2M2Y8AsgTpgAmY7PhCfh=="
      })
  void refusesAnythingElse(String text) {
    assertThat(Md5.parse(text)).isEmpty();
  }

  @Test
  void knowsTheDigestOfNothing() {
    assertThat(Md5.of(new byte[0])).isEqualTo(Md5.OF_NOTHING);
    assertThat(Md5.parse("1B2M2Y8AsgTpgAmY7PhCfg==")).contains(Md5.OF_NOTHING);
    assertThat(Md5.hex(Md5.digester())).isEqualTo(Md5.OF_NOTHING);
  }
}
