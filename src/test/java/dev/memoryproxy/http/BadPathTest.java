package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadPathTest {
  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/blob/..",
        "/blob/../secret",
        "/blob/a/../b",
        "/blob/a/..",
        "/blob/./a",
        "/blob/a/.",
        "/blob/%2e%2e/a",
        "/blob/a/%2E%2E",
        "/blob/a/.%2e/b",
        "/blob/%2e/a",
        "/blob/a%2F..%2Fb",
        "/blob/",
        "/blob//a",
        "/blob/a//b",
        "/blob/a/",
        "/blob/a%2F",
        "/blob/a%2F%2Fb",
        "/blob/%2Fa",
        "/blob/a%00b",
        "/blob/a%0Ab",
        "/blob/a%0D%0Ab",
        "/blob/a%1Bb",
        "/blob/a%7Fb",
        "/blob/a%C2%80b",
        "/blob/%FF",
        "/blob/%C3%28",
        "/blob/%ED%A0%80",
        "/blob/%C0%AE%C0%AE/a",
        "/blob/%",
        "/blob/%4",
        "/blob/%zz",
        "/blob/a%2",
        "/blob/\u00e4",
        "/blob/.sync-index.json",
        "/blob/a/.sync-log/1",
        "/blob/%2esync-index.json",
        "/blob/a/.sync-",
        "/blob/a#b",
        "/blob/../sync",
        "http://localhost/blob/a/../b",
        "/../blob/a",
        "//blob/a",
        "/./blob/a",
        "/%2e%2e/blob/a",
        "/sync/",
        "/sync/..",
        "/health/",
        "/health/blob/a",
        "/namespaces/blob/a",
        "/sync/blob/a",
        "/sync/sync",
        "/sync//a",
        "/sync/a/",
        "/sync/a%2F",
        "/sync/a%2F%2Fb",
        "/sync/a/%2e%2e/b",
        "/sync/.sync-log",
        "/sync/a%00b",
        "/sync/%FF",
        "/sync/a#b",
        "/a/../b/blob/c",
        "/a%2F..%2Fb/blob/c",
        "/a//b/blob/c",
        "/a//blob/c",
        "/a%2F/blob/c",
        "/%2Fa/blob/c",
        "/a/b/./blob/c",
        "/a%0Ab/blob/c",
        "/a#b/blob/c",
        "/a%/blob/c",
        "/a/.sync-x/blob/c",
        "/blob%2Fa/blob/c",
        "/a/blob/",
        "/a/blob//b",
        "/a/blob/b/",
        "/a/blob/../b",
        "/a/blob/%2e%2e",
        "/a/blob/.sync-index.json",
      })
  void isRefusedAndNothingIsWritten(String target) throws IOException {
    for (String method : new String[] {"PUT", "GET", "HEAD", "DELETE"}) {
      RawResponse response =
          edge.send(method, target, method.equals("PUT") ? "x" : "", "Content-MD5: new");
      assertThat(response.status()).as(method).isEqualTo(400);
      if (!method.equals("HEAD")) {
        assertThat(response.errorCode()).isEqualTo("INVALID_PATH");
        assertThat(response.json().getString("detail")).isNotBlank();
        assertThat(response.json().getJsonObject("context")).isNotNull();
      }
      assertThat(response.header("location")).isEmpty();
    }
    assertThat(edge.storage.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {901, 2_000})
  void ofTooManyBytesIsRefused(int length) throws IOException {
    RawResponse response = edge.send("PUT", "/blob/" + "a".repeat(length), "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isEqualTo("INVALID_PATH");
    assertThat(response.json().getString("detail")).contains("900");
    assertThat(edge.storage.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u0000", "\u0001", "\u001b", "\u007f", "\t", " ", "\u00ff"})
  void withRawControlCharactersIsRefused(String character) throws IOException {
    RawClient client = edge.connect();
    client.write(
        RawClient.request("PUT", "/blob/a", "x", "Content-MD5: new")
            .replace("/blob/a", "/blob/a" + character + "b"));
    RawResponse response = client.read(false);
    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isIn("INVALID_PATH", "INVALID_REQUEST");
    assertThat(edge.storage.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/blob",
        "/blobs/a",
        "/nothing",
        "/a/blob",
        "/a/b",
        "/namespaces/x",
        "/BLOB/a",
        "/%62lob/a",
        "*",
        "blob/a"
      })
  void toNowhereIsNotFoundAndNamesTheRoutes(String target) throws IOException {
    RawResponse response = edge.send("PUT", target, "x", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.errorCode()).isEqualTo("NOT_FOUND");
    assertThat(response.json().getString("detail")).contains("/blob/{path}", "/sync", "/health");
    assertThat(edge.storage.calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PATCH", "OPTIONS", "TRACE", "FOO", "put", "PROPFIND"})
  void withAnUnknownMethodIsRefusedNamingTheKnown(String method) throws IOException {
    RawResponse response = edge.send(method, "/blob/a", "", "Content-MD5: new");
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.errorCode()).isEqualTo("METHOD_NOT_ALLOWED");
    assertThat(response.header("allow")).contains("GET, HEAD, PUT, DELETE");
    assertThat(edge.send(method, "/sync", "").header("allow")).contains("GET, HEAD");
    assertThat(edge.send(method, "/health", "").header("allow")).contains("GET, HEAD");
    assertThat(edge.storage.calls).isEmpty();
  }
}
