package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  @Test
  void isAnImfFixdateWithTwoDigitDays() {
    assertThat(HttpDate.format(1_705_314_600_000L)).isEqualTo("Mon, 15 Jan 2024 10:30:00 GMT");
    assertThat(HttpDate.format(1_704_155_645_999L)).isEqualTo("Tue, 02 Jan 2024 00:34:05 GMT");
  }

  @Test
  void readsWhatItWrites() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      long seconds = random.nextLong(0, 250_000_000_000L);
      assertThat(HttpDate.parseSeconds(HttpDate.format(seconds * 1000)))
          .as("-Dseed=%d", seed)
          .contains(seconds);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        " Sun, 06 Nov 1994 08:49:37 GMT "
      })
  void readsTheFormsOfTheStandard(String text) {
    assertThat(HttpDate.parseSeconds(text)).contains(784_111_777L);
  }

  @Test
  void readsTwoDigitYears() {
    assertThat(HttpDate.parseSeconds("Monday, 15-Jan-24 10:30:00 GMT")).contains(1_705_314_600L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "yesterday", "2024-01-15T10:30:00Z", "\"x\""})
  void ignoresTheRest(String text) {
    assertThat(HttpDate.parseSeconds(text)).isEmpty();
  }
}
