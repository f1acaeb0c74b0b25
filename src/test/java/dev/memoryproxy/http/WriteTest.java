package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WriteTest {
  private static final String MD5_OF_OLD = md5("old");
  private static final String MD5_OF_NEW = md5("new text");

  @RegisterExtension final EdgeServer edge = new EdgeServer();

  private static String md5(String text) {
    return Md5.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(String hex) {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
  }

  @Test
  void createsWith201AndUpdatesWith200AndNoBody() throws IOException {
    RawResponse created = edge.send("PUT", "/blob/a.md", "old", "Content-MD5: new");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("etag")).contains('"' + MD5_OF_OLD + '"');
    assertThat(created.header("x-version")).contains("1");
    assertThat(created.header("content-length")).contains("0");

    RawResponse updated = edge.send("PUT", "/blob/a.md", "new text", "Content-MD5: " + MD5_OF_OLD);
    assertThat(updated.status()).isEqualTo(200);
    assertThat(updated.header("etag")).contains('"' + MD5_OF_NEW + '"');
    assertThat(updated.header("x-version")).contains("2");
    assertThat(updated.body()).isEmpty();
    assertThat(edge.storage.calls).containsExactly("put", "put");
  }

  @Test
  void onlyABodyThatWouldStayUnreadOrIsHeldBackIsAskedAboutFirst() throws IOException {
    edge.send("PUT", "/blob/little", "x".repeat(65_536), "Content-MD5: new");
    assertThat(edge.storage.calls).containsExactly("put");
    edge.send("PUT", "/blob/large", "x".repeat(65_537), "Content-MD5: new");
    assertThat(edge.storage.calls).containsExactly("put", "admit", "put");
    RawClient holding = edge.connect();
    assertThat(
            holding
                .send("PUT", "/blob/held", "x", "Content-MD5: new", "Expect: 100-continue")
                .status())
        .isEqualTo(100);
    assertThat(holding.read(false).status()).isEqualTo(201);
    assertThat(edge.storage.calls).containsExactly("put", "admit", "put", "admit", "put");
    edge.send(
        "PUT",
        "/blob/unknown",
        "1\r\nx\r\n0\r\n\r\n",
        "Content-MD5: new",
        "Transfer-Encoding: chunked");
    assertThat(edge.storage.calls).hasSize(7).endsWith("admit", "put");
  }

  @Test
  void acceptsEverySpellingOfAPrecondition() throws IOException {
    String[] spellings = {
      "Content-MD5: " + MD5_OF_OLD,
      "Content-MD5: " + base64(MD5_OF_OLD),
      "If-Match: \"" + MD5_OF_OLD + "\"",
      "If-Match: " + MD5_OF_OLD,
      "If-Match-Version: 1",
    };
    for (int i = 0; i < spellings.length; i++) {
      edge.storage.store("f" + i, "old");
      RawResponse response = edge.send("PUT", "/blob/f" + i, "new text", spellings[i]);
      assertThat(response.status()).as(spellings[i]).isEqualTo(200);
    }
    for (String absent :
        new String[] {"Content-MD5: new", "If-None-Match: *", "If-Match-Version: 0"}) {
      edge.storage.files.clear();
      assertThat(edge.send("PUT", "/blob/f", "x", absent).status()).as(absent).isEqualTo(201);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-MD5: garbage",
        "Content-MD5: ",
        "Content-MD5: NEW",
        "Content-MD5: d41d8cd98f00b204e9800998ecf8427",
        "Content-MD5: new|Content-MD5: new",
        "If-Match-Version: -1",
        "If-Match-Version: 1.5",
        "If-Match-Version: 01",
        "If-Match-Version: x",
        "If-Match-Version: 99999999999999999999",
        "If-Match-Version: 9999999999999999999",
        "If-Match-Version: 1|If-Match-Version: 1",
        "If-Match-Version: 1|If-Match-Version: 2",
        "If-None-Match: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "If-None-Match: \"*\"",
        "If-None-Match: *|If-None-Match: *",
        "If-Match: *",
        "If-Match: W/\"d41d8cd98f00b204e9800998ecf8427e\"",
        "If-Match: \"d41d8cd98f00b204e9800998ecf8427e\", \"d41d8cd98f00b204e9800998ecf8427f\"",
        "If-Match: \"d41d8cd98f00b204e9800998ecf8427e",
        "If-Match: \"nonsense\"",
        "If-Match: ",
        "Content-MD5: new|If-Match: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "Content-MD5: d41d8cd98f00b204e9800998ecf8427e|If-None-Match: *",
        "Content-MD5: d41d8cd98f00b204e9800998ecf8427e|If-Match: \"d41d8cd98f00b204e9800998ecf8427f\"",
        "If-Match-Version: 0|If-Match: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "If-Match-Version: 3|If-None-Match: *",
        "If-Match-Version: 3|If-Match: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "If-Match-Version: 0|Content-MD5: new",
        "If-Match-Version: 0|Content-MD5: nonsense",
        "If-None-Match: *|If-Match: \"d41d8cd98f00b204e9800998ecf8427e\"",
        "Content-MD5: new|If-Unmodified-Since: Mon, 15 Jan 2024 10:30:00 GMT",
        "Content-MD5: new|Content-Encoding: gzip",
        "Content-MD5: new|Content-Range: bytes 0-0/1",
        "Content-MD5: new|Content-Type: text/\u00e4",
        "Content-MD5: new|Content-Type: a/b|Content-Type: a/c",
        "Content-MD5: new|Transfer-Encoding: gzip, chunked",
        "Content-MD5: new|Transfer-Encoding: gzip",
        "Content-MD5: new|Transfer-Encoding: chunked|Transfer-Encoding: chunked",
      })
  void isRefusedWithGarbageOrContradictingHeaders(String headers) throws IOException {
    RawResponse response = edge.send("PUT", "/blob/a", "", headers.split("\\|"));
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isEqualTo("INVALID_HEADER");
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void contradictionNamesBothHeaders() throws IOException {
    RawResponse response =
        edge.send("PUT", "/blob/a", "x", "If-None-Match: *", "If-Match: " + MD5_OF_OLD);
    assertThat(response.json().getString("detail"))
        .containsIgnoringCase("If-None-Match")
        .containsIgnoringCase("If-Match and ".substring(0, 8));
    assertThat(response.json().getJsonObject("context").getString("header"))
        .isEqualToIgnoringCase("If-None-Match");
    assertThat(response.json().getJsonObject("context").getString("other_header"))
        .isEqualToIgnoringCase("If-Match");
  }

  @Test
  void overlongContentTypeIsRefusedAndTheLongestIsKept() throws IOException {
    String longest = "text/" + "x".repeat(250);
    assertThat(
            edge.send("PUT", "/blob/a", "x", "Content-MD5: new", "Content-Type: " + longest + "y")
                .status())
        .isEqualTo(400);
    assertThat(edge.storage.calls).isEmpty();
    assertThat(
            edge.send("PUT", "/blob/a", "x", "Content-MD5: new", "Content-Type: " + longest)
                .status())
        .isEqualTo(201);
    assertThat(edge.send("GET", "/blob/a", "").header("content-type")).contains(longest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Content-MD5: new|If-None-Match: *",
        "If-Match-Version: 0|If-None-Match: *",
      })
  void headersThatAgreeGoTogether(String one, String other) throws IOException {
    assertThat(edge.send("PUT", "/blob/a", "x", one, other).status()).isEqualTo(201);
    assertThat(edge.storage.puts.get(0).precondition()).isEqualTo(new Precondition.IfAbsent());
  }

  @Test
  void withoutPreconditionIs428NamingWhatToSend() throws IOException {
    RawResponse response = edge.send("PUT", "/blob/a", "x");
    assertThat(response.status()).isEqualTo(428);
    assertThat(response.errorCode()).isEqualTo("PRECONDITION_REQUIRED");
    assertThat(response.json().getString("detail"))
        .contains("Content-MD5: new", "If-None-Match: *", "If-Match-Version");
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void bodyThatIsNotWhatItsDigestSaysIsNotWritten() throws IOException {
    RawResponse response =
        edge.send("PUT", "/blob/a", "x", "If-Match-Version: 0", "Content-MD5: " + MD5_OF_OLD);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isEqualTo("DIGEST_MISMATCH");
    assertThat(edge.storage.puts).isEmpty();
    assertThat(
            edge.send(
                    "PUT",
                    "/blob/a",
                    "old",
                    "If-Match-Version: 0",
                    "Content-MD5: " + base64(MD5_OF_OLD))
                .status())
        .isEqualTo(201);
  }

  @Test
  void failedPreconditionIs412WithTheStoresContext() throws IOException {
    edge.storage.store("a", "old");
    RawResponse response = edge.send("PUT", "/blob/a", "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(412);
    assertThat(response.errorCode()).isEqualTo("PRECONDITION_FAILED");
    assertThat(response.json().getJsonObject("context").getString("current_md5"))
        .isEqualTo(MD5_OF_OLD);
    assertThat(edge.storage.puts).isEmpty();
  }

  @Test
  void contentTypeIsStoredAsSentOrDefaulted() throws IOException {
    edge.send(
        "PUT", "/blob/a", "x", "Content-MD5: new", "Content-Type: Text/Markdown;charset=UTF-8");
    edge.send("PUT", "/blob/b", "x", "Content-MD5: new");
    assertThat(edge.storage.puts.get(0).contentType()).isEqualTo("Text/Markdown;charset=UTF-8");
    assertThat(edge.storage.puts.get(1).contentType()).isEqualTo("application/octet-stream");
    assertThat(edge.send("GET", "/blob/a", "").header("content-type"))
        .contains("Text/Markdown;charset=UTF-8");
  }

  @Test
  void deleteIsUnconditionalUnlessAskedAndAnswers204() throws IOException {
    edge.storage.store("a", "old");
    RawResponse refused = edge.send("DELETE", "/blob/a", "", "If-Match-Version: 7");
    assertThat(refused.status()).isEqualTo(412);
    RawResponse deleted = edge.send("DELETE", "/blob/a", "");
    assertThat(deleted.status()).isEqualTo(204);
    assertThat(deleted.header("x-version")).contains("1");
    assertThat(deleted.header("content-length")).isEmpty();
    assertThat(edge.send("DELETE", "/blob/a", "").status()).isEqualTo(404);
  }

  @Test
  void deleteHonoursContentMd5RatherThanIgnoringIt() throws IOException {
    edge.storage.store("a", "old");
    assertThat(edge.send("DELETE", "/blob/a", "", "Content-MD5: " + MD5_OF_NEW).status())
        .isEqualTo(412);
    assertThat(edge.send("DELETE", "/blob/a", "", "Content-MD5: " + MD5_OF_OLD).status())
        .isEqualTo(204);
  }

  @Test
  void faultOfTheStoreIs503WithRetryAfter() throws IOException {
    edge.storage.before = call -> Future.failedFuture(FakeStorage.down());
    RawResponse response = edge.send("PUT", "/blob/a", "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.errorCode()).isEqualTo("STORAGE_UNAVAILABLE");
    assertThat(response.header("retry-after")).contains("1");
  }

  @Test
  void unexpectedFailureIs500AndSaysNothingOfItsCause() throws IOException {
    edge.storage.before = call -> Future.failedFuture(new IllegalStateException("secret=hunter2"));
    RawResponse response = edge.send("PUT", "/blob/a", "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(500);
    assertThat(response.errorCode()).isEqualTo("INTERNAL");
    assertThat(response.body()).doesNotContain("hunter2");

    edge.storage.before =
        call -> {
          throw new IllegalStateException("secret=hunter2");
        };
    assertThat(edge.send("GET", "/blob/a", "").status()).isEqualTo(500);
  }

  @Test
  void emptyBodyWithoutLengthIsAnEmptyFile() throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "", "Content-MD5: new")
            .replace("Content-Length: 0\r\n", ""));
    assertThat(client.read(false).status()).isEqualTo(201);
    assertThat(edge.storage.puts.get(0).md5()).isEqualTo(Md5.OF_NOTHING);
  }

  @Test
  void admissionComesAfterEverythingTheEdgeCanRefuse() throws IOException {
    edge.storage.before =
        call -> Future.failedFuture(new ProxyError(ProxyError.Kind.CONFLICT, "asked"));
    assertThat(edge.send("PUT", "/blob/..", "x", "Content-MD5: new").status()).isEqualTo(400);
    assertThat(edge.send("PUT", "/blob/a", "x").status()).isEqualTo(428);
    assertThat(edge.send("PUT", "/blob/a", "x", "Content-MD5: new").status()).isEqualTo(409);
  }
}
