package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyncTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  private static String unzip(RawResponse response) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(response.bytes().getBytes()))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  @Test
  void plainAndCompressedHaveDifferentStrongTags() throws IOException {
    RawResponse plain = edge.send("GET", "/sync", "");
    assertThat(plain.status()).isEqualTo(200);
    assertThat(plain.header("content-type")).contains("application/json");
    assertThat(plain.header("etag")).contains("\"etag-1\"");
    assertThat(plain.header("vary").orElse("")).isEqualToIgnoringCase("Accept-Encoding");
    assertThat(plain.header("content-encoding")).isEmpty();
    assertThat(plain.json().getInteger("index_version")).isZero();

    RawResponse compressed = edge.send("GET", "/sync", "", "Accept-Encoding: gzip");
    assertThat(compressed.header("etag")).contains("\"etag-1-gzip\"");
    assertThat(compressed.header("content-encoding")).contains("gzip");
    assertThat(compressed.header("vary").orElse("")).isEqualToIgnoringCase("Accept-Encoding");
    assertThat(unzip(compressed)).isEqualTo(plain.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip|gzip",
        "GZIP|gzip",
        "x-gzip|gzip",
        "zstd|zstd",
        "gzip, deflate, br, zstd|zstd",
        "gzip, zstd;q=0.9|gzip",
        "gzip;q=0.9, zstd|zstd",
        "gzip, zstd;q=0|gzip",
        "br, gzip;q=0.5|gzip",
        "*|gzip",
        "*;q=0.1|gzip",
        "*, zstd|zstd",
        "gzip;q=0.5, identity;q=0.5|gzip",
        "gzip;q=1.0, identity;q=0.5|gzip",
        "gzip, identity;q=0|gzip",
        "gzip;q=0|identity",
        "gzip;q=0.000|identity",
        "*;q=0|identity",
        "*;q=0, zstd|zstd",
        "gzip;q=0, *|identity",
        "identity|identity",
        "br|identity",
        "gzip;q=0.1, identity|identity",
        "gzip;q=nonsense|identity",
        "''|identity",
      })
  void sendsWhatTheClientPrefers(String acceptEncoding, String coding) throws IOException {
    RawResponse response = edge.send("GET", "/sync", "", "Accept-Encoding: " + acceptEncoding);
    assertThat(response.header("content-encoding").orElse("identity")).isEqualTo(coding);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"etag-1\"",
        "\"etag-1-gzip\"",
        "\"etag-1-zstd\"",
        "W/\"etag-1\"",
        "\"x\", \"etag-1\"",
        "*",
        "etag-1"
      })
  void knownDocumentIs304WhicheverFormIsKnown(String tags) throws IOException {
    for (String coding : new String[] {"identity", "gzip"}) {
      RawResponse response =
          edge.send("GET", "/sync", "", "If-None-Match: " + tags, "Accept-Encoding: " + coding);
      assertThat(response.status()).isEqualTo(304);
      assertThat(response.header("etag")).isPresent();
      assertThat(response.header("vary")).isPresent();
      assertThat(response.bytes().length()).isZero();
    }
    edge.index.document = FakeIndex.of("etag-2", "{}");
    if (!tags.equals("*")) {
      assertThat(edge.send("GET", "/sync", "", "If-None-Match: " + tags).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/sync?sinc=5",
        "/sync?x",
        "/sync?since=1&",
        "/sync?since=1&since=1",
        "/sync?prefix=a&prefix=b",
        "/sync?since=9223372036854775808",
        "/sync?prefix=/notes",
        "/sync?prefix=a//b",
        "/sync?prefix=../",
        "/sync?prefix=a%00",
        "/sync/ns?sinc=5",
        "/namespaces?x=1",
      })
  void whatIsNotUnderstoodIsRefused(String target) throws IOException {
    RawResponse response = edge.send("GET", target, "");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).startsWith("INVALID_");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/sync?",
        "/sync?since=9223372036854775807",
        "/sync?prefix=",
        "/sync?prefix=.",
        "/sync?prefix=notes/..",
        "/namespaces?",
      })
  void whatMayBeMeantIsServed(String target) throws IOException {
    assertThat(edge.send("GET", target, "").status()).isEqualTo(200);
  }

  @Test
  void headDescribesWhatGetSends() throws IOException {
    RawClient client = edge.connect();
    RawResponse head = client.send("HEAD", "/sync", "", "Accept-Encoding: gzip");
    RawResponse get = client.send("GET", "/sync", "", "Accept-Encoding: gzip");
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.header("content-length")).isEqualTo(get.header("content-length"));
    assertThat(head.header("etag")).isEqualTo(get.header("etag"));
  }

  @Test
  void largeDocumentArrivesWholeAtASlowReader() throws IOException {
    String large = "{\"files\":\"" + "0123456789abcdef".repeat(400_000) + "\"}";
    edge.index.document = FakeIndex.of("large", large);
    RawClient client = edge.connect();
    client.socket().setReceiveBufferSize(16 * 1024);
    client.write(RawClient.request("GET", "/sync", ""));
    for (int i = 0; i < 50; i++) {
      assertThat(edge.send("GET", "/health", "").status()).isEqualTo(200);
    }
    assertThat(client.read(false).body()).isEqualTo(large);
    assertThat(client.send("GET", "/sync", "").body()).isEqualTo(large);
  }
}
