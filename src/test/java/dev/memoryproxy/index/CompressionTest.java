package dev.memoryproxy.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
  private static final Offload HERE = new AtOnce();

  private static final List<ContentCoding> ALL =
      List.of(ContentCoding.ZSTD, ContentCoding.GZIP, ContentCoding.IDENTITY);

  private static byte[] unpack(ContentCoding coding, Buffer packed) throws IOException {
    InputStream bytes = new ByteArrayInputStream(packed.getBytes());
    try (InputStream in =
        switch (coding) {
          case ZSTD -> new ZstdInputStream(bytes);
          case GZIP -> new GZIPInputStream(bytes);
          case IDENTITY -> bytes;
        }) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyCodingGivesTheDocumentBack(ContentCoding coding) throws IOException {
    for (int size : new int[] {0, 1, 64 * 1024, 64 * 1024 + 1, 3_000_000}) {
      Buffer plain = Buffer.buffer("0123456789abcdef \u00e9\n".repeat(size / 16 + 1));
      assertThat(unpack(coding, Compression.encode(coding, plain))).isEqualTo(plain.getBytes());
    }
  }

  @Test
  void thisMachineLoadsZstdOnceForAll() {
    AtomicInteger loads = new AtomicInteger();
    Compression compression =
        new Compression(
            HERE,
            () -> {
              loads.incrementAndGet();
              return null;
            });
    assertThat(loads).hasValue(0);
    assertThat(compression.choose(ALL).result()).isEqualTo(ContentCoding.ZSTD);
    assertThat(compression.choose(ALL).result()).isEqualTo(ContentCoding.ZSTD);
    assertThat(loads).hasValue(1);
    assertThat(new Compression(HERE).choose(ALL).result()).isEqualTo(ContentCoding.ZSTD);
  }

  @ParameterizedTest
  @ValueSource(classes = {UnsatisfiedLinkError.class, NoClassDefFoundError.class})
  void machineWithoutZstdGivesTheNextCodingThatTheClientTakes(Class<? extends LinkageError> error) {
    Compression compression =
        new Compression(
            HERE,
            () -> {
              throw error.getConstructor(String.class).newInstance("no library for this machine");
            });
    assertThat(compression.choose(ALL).result()).isEqualTo(ContentCoding.GZIP);
    assertThat(compression.choose(List.of(ContentCoding.ZSTD)).result())
        .isEqualTo(ContentCoding.IDENTITY);
  }

  @Test
  void clientThatDoesNotAskForZstdLoadsNothing() {
    Compression compression =
        new Compression(
            HERE,
            () -> {
              throw new AssertionError("loaded");
            });
    assertThat(compression.choose(List.of(ContentCoding.GZIP, ContentCoding.ZSTD)).result())
        .isEqualTo(ContentCoding.GZIP);
  }
}
