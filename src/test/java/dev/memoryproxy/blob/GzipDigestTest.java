package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.GzipDigest.UnpackException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class GzipDigestTest {
  private static final byte[] TEXT =
      "a session's log\n".repeat(50).getBytes(StandardCharsets.UTF_8);

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packer = new GZIPOutputStream(out)) {
      packer.write(content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static String digest(byte[] stream, int chunk, long max) throws UnpackException {
    try (GzipDigest digest = new GzipDigest(max)) {
      for (int at = 0; at < stream.length; at += chunk) {
        digest.update(stream, at, Math.min(chunk, stream.length - at));
      }
      return digest.finish();
    }
  }

  private static UnpackException refusal(byte[] stream) {
    UnpackException whole =
        catchThrowableOfType(UnpackException.class, () -> digest(stream, 1 << 20, 1 << 20));
    UnpackException byTheByte =
        catchThrowableOfType(UnpackException.class, () -> digest(stream, 1, 1 << 20));
    assertThat(whole).isNotNull().hasMessage(byTheByte.getMessage());
    return whole;
  }

  @Test
  void theDigestIsThatOfTheUnpackedBytesHoweverTheyComeIn() throws UnpackException {
    SplittableRandom random = new SplittableRandom(3);
    for (int size : new int[] {0, 1, 1000, 16 * 1024, 16 * 1024 + 1, 300_000}) {
      byte[] content = new byte[size];
      for (int i = 0; i < size; i++) {
        content[i] = (byte) (i % 7 == 0 ? random.nextInt() : 'x');
      }
      for (int chunk : new int[] {1, 2, 13, 4096, 1 << 20}) {
        assertThat(digest(gzip(content), chunk, 1 << 20))
            .as("%d bytes in chunks of %d", size, chunk)
            .isEqualTo(Md5.of(content));
      }
    }
  }

  @Test
  void membersOneAfterTheOtherAreOneContentAndZerosMayPadIt() throws UnpackException {
    byte[] stream = join(gzip(TEXT), gzip(new byte[0]), gzip(TEXT), new byte[700]);
    for (int chunk : new int[] {1, 7, 1 << 20}) {
      assertThat(digest(stream, chunk, 1 << 20)).isEqualTo(Md5.of(join(TEXT, TEXT)));
    }
  }

  @Test
  void everyOptionalFieldOfTheHeaderIsPassedOver() throws UnpackException {
    byte[] plain = gzip(TEXT);
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);
    byte[] extra = {3, 0, 1, 2, 3};
    byte[] name = {'l', 'o', 'g', 0};
    byte[] crc = {1, 2};
    for (int flags = 0; flags < 32; flags++) {
      byte[] header = Arrays.copyOf(plain, 10);
      header[3] = (byte) flags;
      byte[] stream =
          join(
              header,
              (flags & 4) != 0 ? extra : new byte[0],
              (flags & 8) != 0 ? name : new byte[0],
              (flags & 16) != 0 ? name : new byte[0],
              (flags & 2) != 0 ? crc : new byte[0],
              rest);
      for (int chunk : new int[] {1, 1 << 20}) {
        assertThat(digest(stream, chunk, 1 << 20)).as("flags %d", flags).isEqualTo(Md5.of(TEXT));
      }
    }
  }

  @Test
  void aStreamThatBreaksOffAnywhereIsRefused() {
    byte[] stream = join(gzip(TEXT), gzip(TEXT));
    int first = stream.length / 2;
    for (int end = 0; end < stream.length; end++) {
      if (end != first) {
        assertThat(refusal(Arrays.copyOf(stream, end)).tooLarge()).isFalse();
      }
    }
  }

  @Test
  void whatIsNoGzipOrDamagedIsRefused() {
    byte[] wrongSum = gzip(TEXT);
    wrongSum[wrongSum.length - 8]++;
    byte[] wrongLength = gzip(TEXT);
    wrongLength[wrongLength.length - 1]++;
    assertThat(refusal(TEXT)).hasMessageContaining("no gzip header");
    assertThat(refusal(wrongSum)).hasMessageContaining("checksum");
    assertThat(refusal(wrongLength)).hasMessageContaining("checksum");
    assertThat(refusal(join(gzip(TEXT), TEXT))).hasMessageContaining("follows");
    byte[] damaged = gzip(TEXT);
    Arrays.fill(damaged, 12, 20, (byte) 0xff);
    assertThat(refusal(damaged).tooLarge()).isFalse();
  }

  @Test
  void aBombIsGivenUpAtTheLimitNotAtItsEnd() throws UnpackException {
    byte[] bomb = gzip(new byte[1 << 20]);
    assertThat(digest(bomb, 64, 1 << 20)).isEqualTo(Md5.of(new byte[1 << 20]));
    try (GzipDigest digest = new GzipDigest((1 << 20) - 1)) {
      UnpackException given =
          catchThrowableOfType(
              UnpackException.class, () -> digest.update(bomb, 0, bomb.length - 8));
      assertThat(given.tooLarge()).isTrue();
    }
    // Many small members are as large as one.
    byte[] one = gzip(new byte[1 << 10]);
    byte[][] many = new byte[1025][];
    Arrays.fill(many, one);
    assertThat(refusal(join(many)).tooLarge()).isTrue();
  }
}
