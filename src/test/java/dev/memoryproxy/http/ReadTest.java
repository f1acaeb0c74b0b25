package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadTest {
  private static final String TEXT = "0123456789";
  private static final String MD5 = Md5.of(TEXT.getBytes(UTF_8));
  private static final String OTHER = Md5.OF_NOTHING;
  private static final String MODIFIED = "Mon, 15 Jan 2024 10:30:00 GMT";
  private static final String EARLIER = "Mon, 15 Jan 2024 10:29:59 GMT";
  private static final String LATER = "Mon, 15 Jan 2024 10:30:01 GMT";

  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @BeforeEach
  void store() {
    edge.storage.store("a", TEXT);
  }

  private RawResponse get(String... headers) throws IOException {
    return edge.send("GET", "/blob/a", "", headers);
  }

  @Test
  void plainGetOpensOnceAndNothingElse() throws IOException {
    RawResponse response = get();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(TEXT);
    assertThat(response.header("etag")).contains('"' + MD5 + '"');
    assertThat(response.header("last-modified")).contains(MODIFIED);
    assertThat(response.header("content-type")).contains("text/markdown");
    assertThat(response.header("x-version")).contains("1");
    assertThat(response.header("content-length")).contains("10");
    assertThat(response.header("accept-ranges")).contains("bytes");
    assertThat(response.header("content-encoding")).isEmpty();
    assertThat(response.header("transfer-encoding")).isEmpty();
    assertThat(response.header("date")).isPresent();
    assertThat(edge.storage.calls).containsExactly("open");
  }

  @Test
  void whatIsInMemoryIsSentLikeWhatIsStreamed() throws IOException {
    RawResponse streamed = get();
    RawResponse part = get("Range: bytes=2-4");
    edge.storage.inMemory = true;
    for (int i = 0; i < 2; i++) {
      RawResponse response = get();
      assertThat(response.body()).isEqualTo(TEXT);
      for (String name : new String[] {"etag", "content-length", "content-type", "x-version"}) {
        assertThat(response.header(name)).as(name).isEqualTo(streamed.header(name));
      }
    }
    RawResponse same = get("Range: bytes=2-4");
    assertThat(same.status()).isEqualTo(206);
    assertThat(same.body()).isEqualTo("234").isEqualTo(part.body());
    assertThat(same.header("content-range")).isEqualTo(part.header("content-range"));
  }

  @Test
  void headSaysTheSameWithoutABody() throws IOException {
    RawClient client = edge.connect();
    RawResponse head = client.send("HEAD", "/blob/a", "");
    RawResponse get = client.send("GET", "/blob/a", "");
    for (String name :
        new String[] {
          "etag", "last-modified", "content-type", "x-version", "content-length", "accept-ranges"
        }) {
      assertThat(head.header(name)).as(name).isPresent().isEqualTo(get.header(name));
    }
    assertThat(edge.storage.calls).containsExactly("head", "open");
  }

  @Test
  void headOfNothingIs404WithoutABody() throws IOException {
    RawClient client = edge.connect();
    RawResponse response = client.send("HEAD", "/blob/none", "");
    assertThat(response.status()).isEqualTo(404);
    assertThat(client.send("GET", "/blob/a", "").body()).isEqualTo(TEXT);
  }

  @Test
  void compressedFilesAreNeverLabelledAsEncoded() throws IOException {
    edge.storage.store("s.gz", new byte[] {0x1f, (byte) 0x8b, 8}, "application/gzip");
    RawResponse response = edge.send("GET", "/blob/s.gz", "", "Accept-Encoding: gzip");
    assertThat(response.header("content-encoding")).isEmpty();
    assertThat(response.header("content-type")).contains("application/gzip");
    assertThat(response.bytes().length()).isEqualTo(3);
  }

  @Test
  void unsendableForeignTypeBecomesTheDefault() throws IOException {
    edge.storage.store("foreign", new byte[1], "text/\r\nX-Evil: 1");
    RawResponse response = edge.send("GET", "/blob/foreign", "");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-type")).contains("application/octet-stream");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-None-Match: \"{md5}\"|304",
        "If-None-Match: W/\"{md5}\"|304",
        "If-None-Match: {md5}|304",
        "If-None-Match: *|304",
        "If-None-Match: \"x\", \"{md5}\"|304",
        "If-None-Match: \"x,y\",,W/\"z\" ,\"{md5}\"|304",
        "If-None-Match: \"x, {md5}\"|200",
        "If-None-Match: \"{md5}|200",
        "If-None-Match: \"{other}\"|200",
        "If-None-Match: |200",
        "If-Match: \"{md5}\"|200",
        "If-Match: \"{other}\", \"{md5}\"|200",
        "If-Match: *|200",
        "If-Match: \"{other}\"|412",
        "If-Match: W/\"{md5}\"|412",
        "If-Modified-Since: {modified}|304",
        "If-Modified-Since: {later}|304",
        "If-Modified-Since: {earlier}|200",
        "If-Modified-Since: Monday, 15-Jan-24 10:30:00 GMT|304",
        "If-Modified-Since: Mon Jan 15 10:30:00 2024|304",
        "If-Modified-Since: yesterday|200",
        "If-Unmodified-Since: {modified}|200",
        "If-Unmodified-Since: {earlier}|412",
        "If-Unmodified-Since: yesterday|200",
        // Tags win over dates.
        "If-None-Match: \"{other}\";If-Modified-Since: {later}|200",
        "If-None-Match: \"{md5}\";If-Modified-Since: {earlier}|304",
        "If-Match: \"{md5}\";If-Unmodified-Since: {earlier}|200",
        // A failed If-Match wins over a matching If-None-Match.
        "If-Match: \"{other}\";If-None-Match: \"{md5}\"|412",
      })
  void conditionsAreJudgedInTheStandardsOrder(String headers, int status) throws IOException {
    String[] lines =
        headers
            .replace("{md5}", MD5)
            .replace("{other}", OTHER)
            .replace("{modified}", MODIFIED)
            .replace("{earlier}", EARLIER)
            .replace("{later}", LATER)
            .split(";");
    RawResponse got = get(lines);
    assertThat(got.status()).isEqualTo(status);
    RawResponse head = edge.send("HEAD", "/blob/a", "", lines);
    assertThat(head.status()).isEqualTo(status);
    if (status != 412) {
      assertThat(got.header("etag")).contains('"' + MD5 + '"');
      assertThat(head.header("etag")).contains('"' + MD5 + '"');
    } else {
      assertThat(got.json().getJsonObject("context").getString("current_md5")).isEqualTo(MD5);
      assertThat(got.json().getJsonObject("context").getString("current_version")).isEqualTo("1");
    }
    if (status == 304) {
      assertThat(edge.storage.count("open")).isZero();
      assertThat(got.header("content-length")).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-0|206|0|bytes 0-0/10",
        "bytes=2-4|206|234|bytes 2-4/10",
        "bytes=8-|206|89|bytes 8-9/10",
        "bytes=0-|206|0123456789|bytes 0-9/10",
        "bytes=5-100|206|56789|bytes 5-9/10",
        "bytes=-3|206|789|bytes 7-9/10",
        "bytes=-100|206|0123456789|bytes 0-9/10",
        "Bytes=1-1|206|1|bytes 1-1/10",
        "bytes=5-99999999999999999999|206|56789|bytes 5-9/10",
        "bytes=10-|416||bytes */10",
        "bytes=99999999999999999999-|416||bytes */10",
        "bytes=-0|416||bytes */10",
        "bytes=0-1,3-4|200|0123456789|",
        "bytes=4-2|200|0123456789|",
        "bytes=-|200|0123456789|",
        "bytes=a-b|200|0123456789|",
        "lines=0-1|200|0123456789|",
        "nonsense|200|0123456789|",
      })
  void rangesAreServedOrIgnored(String range, int status, String body, String contentRange)
      throws IOException {
    RawResponse response = get("Range: " + range);
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.header("content-range").orElse(null)).isEqualTo(contentRange);
    if (status == 416) {
      assertThat(response.errorCode()).isEqualTo("RANGE_NOT_SATISFIABLE");
    } else {
      assertThat(response.body()).isEqualTo(body);
      assertThat(response.header("content-length")).contains(Integer.toString(body.length()));
      assertThat(response.header("etag")).contains('"' + MD5 + '"');
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"{md5}\"|206",
        "{modified}|206",
        "\"{other}\"|200",
        "W/\"{md5}\"|200",
        "{later}|200",
        "{earlier}|200",
        "nonsense|200",
      })
  void ifRangeServesTheWholeFileOnceItChanged(String validator, int status) throws IOException {
    String value =
        validator
            .replace("{md5}", MD5)
            .replace("{other}", OTHER)
            .replace("{modified}", MODIFIED)
            .replace("{earlier}", EARLIER)
            .replace("{later}", LATER);
    assertThat(get("Range: bytes=0-1", "If-Range: " + value).status()).isEqualTo(status);
  }

  @Test
  void headIgnoresRanges() throws IOException {
    RawResponse response = edge.send("HEAD", "/blob/a", "", "Range: bytes=0-1");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("content-length")).contains("10");
  }

  @Test
  void suffixRangeOfAnEmptyFileIsNotSatisfiable() throws IOException {
    edge.storage.store("empty", "");
    RawResponse response = edge.send("GET", "/blob/empty", "", "Range: bytes=-5");
    assertThat(response.status()).isEqualTo(416);
    assertThat(response.header("content-range")).contains("bytes */0");
    assertThat(edge.send("GET", "/blob/empty", "").body()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Range: bytes=0-2", "If-None-Match: \"x\""})
  void fileThatChangesInBetweenIsReadInItsNewState(String header) throws IOException {
    AtomicInteger changes = new AtomicInteger();
    edge.storage.before =
        call -> {
          if (call.startsWith("open") && changes.getAndIncrement() == 0) {
            edge.storage.store("a", "new content");
          }
          return Future.succeededFuture();
        };
    RawResponse response = get(header);
    assertThat(response.body()).isEqualTo(header.startsWith("Range") ? "new" : "new content");
    assertThat(response.header("x-version")).contains("2");
  }

  @Test
  void fileThatBecomesTheKnownOneInBetweenIsNotSentAndLetGo() throws IOException {
    String known = Md5.of("known".getBytes(UTF_8));
    AtomicInteger changes = new AtomicInteger();
    edge.storage.before =
        call -> {
          if (call.equals("open") && changes.getAndIncrement() == 0) {
            edge.storage.store("a", "known");
          }
          return Future.succeededFuture();
        };
    assertThat(get("If-None-Match: \"" + known + "\"").status()).isEqualTo(304);
    assertThat(edge.storage.discarded).hasValue(1);
  }

  @Test
  void fileThatNeverHoldsStillIs503AfterAFewTries() throws IOException {
    edge.storage.before =
        call -> {
          if (call.equals("openRange")) {
            edge.storage.store("a", "version " + edge.storage.calls.size());
          }
          return Future.succeededFuture();
        };
    RawResponse response = get("Range: bytes=0-2");
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.header("retry-after")).isPresent();
    assertThat(edge.storage.count("openRange")).isEqualTo(5);
  }
}
