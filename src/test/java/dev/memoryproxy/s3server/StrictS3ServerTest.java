package dev.memoryproxy.s3server;

import static dev.memoryproxy.s3server.S3Operation.DELETE;
import static dev.memoryproxy.s3server.S3Operation.GET;
import static dev.memoryproxy.s3server.S3Operation.HEAD;
import static dev.memoryproxy.s3server.S3Operation.LIST;
import static dev.memoryproxy.s3server.S3Operation.PUT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.blob.Md5;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The server against a plain HTTP client, so that no SDK hides what is on the wire. */
@Timeout(60)
class StrictS3ServerTest {
  private static final String HELLO_MD5 = Md5.of("hello".getBytes(StandardCharsets.UTF_8));

  private final HttpClient client = HttpClient.newHttpClient();
  private final StrictS3Server server = StrictS3Server.start();

  @BeforeEach
  void fill() throws Exception {
    assertThat(put("seed", "hello").statusCode()).isEqualTo(200);
    server.counts().reset();
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void objectComesBackWithItsHeaders() throws Exception {
    HttpResponse<String> put =
        put("x", "hello", "Content-Type", "text/plain", "x-amz-meta-Version", "7");
    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(put.headers().firstValue("ETag")).contains('"' + HELLO_MD5 + '"');

    HttpResponse<String> get = get("x");
    assertThat(get.statusCode()).isEqualTo(200);
    assertThat(get.body()).isEqualTo("hello");
    assertThat(get.headers().firstValue("ETag")).contains('"' + HELLO_MD5 + '"');
    assertThat(get.headers().firstValue("Content-Type")).contains("text/plain");
    assertThat(get.headers().firstValue("x-amz-meta-version")).contains("7");
    assertThat(get.headers().firstValue("Last-Modified").orElseThrow()).endsWith(" GMT");
    assertThat(get.headers().firstValue("Date").orElseThrow()).endsWith(" GMT");

    HttpResponse<String> head = send("HEAD", "/memory/x", "");
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Length")).contains("5");
    assertThat(send("HEAD", "/memory/none", "").statusCode()).isEqualTo(404);
  }

  @Test
  void conditionsOnWritesHaveTheStatusesOfS3() throws Exception {
    assertThat(put("seed", "x", "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(put("new", "x", "If-None-Match", "*").statusCode()).isEqualTo(200);
    HttpResponse<String> stale = put("seed", "x", "If-Match", "\"" + "0".repeat(32) + "\"");
    assertThat(stale.statusCode()).isEqualTo(412);
    assertThat(stale.body()).contains("<Code>PreconditionFailed</Code>");
    HttpResponse<String> missing = put("none", "x", "If-Match", "\"" + HELLO_MD5 + "\"");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("<Code>NoSuchKey</Code>");
    assertThat(get("none").statusCode()).isEqualTo(404);
    assertThat(get("seed").body()).isEqualTo("hello");
    assertThat(put("seed", "x", "If-Match", "\"" + HELLO_MD5 + "\"").statusCode()).isEqualTo(200);
    assertThat(get("seed").body()).isEqualTo("x");
  }

  @Test
  void conditionsOnDeletesAreHonoured() throws Exception {
    String stale = "\"" + "0".repeat(32) + "\"";
    assertThat(send("DELETE", "/memory/seed", "", "If-Match", stale).statusCode()).isEqualTo(412);
    assertThat(get("seed").statusCode()).isEqualTo(200);
    String current = "\"" + HELLO_MD5 + "\"";
    assertThat(send("DELETE", "/memory/seed", "", "If-Match", current).statusCode()).isEqualTo(204);
    assertThat(get("seed").statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/memory/seed", "", "If-Match", current).statusCode()).isEqualTo(404);
    assertThat(send("DELETE", "/memory/seed", "").statusCode()).isEqualTo(204);
  }

  @Test
  void rangesAndConditionalReads() throws Exception {
    assertThat(get("seed", "Range", "bytes=1-3").body()).isEqualTo("ell");
    assertThat(get("seed", "Range", "bytes=1-3").statusCode()).isEqualTo(206);
    assertThat(get("seed", "Range", "bytes=1-3").headers().firstValue("Content-Range"))
        .contains("bytes 1-3/5");
    assertThat(get("seed", "Range", "bytes=-2").body()).isEqualTo("lo");
    assertThat(get("seed", "Range", "bytes=3-").body()).isEqualTo("lo");
    assertThat(get("seed", "Range", "bytes=5-").statusCode()).isEqualTo(416);
    assertThat(get("seed", "If-None-Match", '"' + HELLO_MD5 + '"').statusCode()).isEqualTo(304);
    assertThat(get("seed", "If-Match", "\"other\"").statusCode()).isEqualTo(412);
  }

  @Test
  void anOtherBucketOrKeyIdIsRefused() throws Exception {
    HttpResponse<String> bucket = send("GET", "/other/seed", "");
    assertThat(bucket.statusCode()).isEqualTo(404);
    assertThat(bucket.body()).contains("<Code>NoSuchBucket</Code>");
    HttpRequest stranger =
        HttpRequest.newBuilder(server.endpoint().resolve("/memory/seed"))
            .header("Authorization", authorization("stranger"))
            .build();
    HttpResponse<String> denied = client.send(stranger, BodyHandlers.ofString());
    assertThat(denied.statusCode()).isEqualTo(403);
    assertThat(denied.body()).contains("<Code>InvalidAccessKeyId</Code>");
    HttpRequest anonymous =
        HttpRequest.newBuilder(server.endpoint().resolve("/memory/seed")).build();
    assertThat(client.send(anonymous, BodyHandlers.ofString()).statusCode()).isEqualTo(403);
  }

  @Test
  void listingPagesInOrderOfUtf8Bytes() throws Exception {
    for (String key : List.of("l/%F0%9F%98%80", "l/a%2Bb%20c", "l/%EF%BF%BD", "l/a%26b")) {
      put(key, "x");
    }
    String first = list("prefix=l/&max-keys=2&encoding-type=url");
    assertThat(keys(first)).containsExactly("l/a%26b", "l/a%2Bb+c");
    assertThat(first).contains("<IsTruncated>true</IsTruncated>");
    String token = between(first, "<NextContinuationToken>", "</NextContinuationToken>").get(0);
    String second =
        list("prefix=l/&max-keys=2&encoding-type=url&continuation-token=" + encoded(token));
    assertThat(keys(second)).containsExactly("l/%EF%BF%BD", "l/%F0%9F%98%80");
    assertThat(second).contains("<IsTruncated>false</IsTruncated>");
    assertThat(keys(list("prefix=l/&start-after=l/a%2Bb%20c")))
        .containsExactly("l/\uFFFD", "l/\uD83D\uDE00");
  }

  @Test
  void aDelimiterGroupsKeysAcrossPages() throws Exception {
    for (String key : List.of("a/1", "a/2", "b", "c/1", "c/2", "d")) {
      put("g/" + key, "x");
    }
    String first = list("prefix=g/&delimiter=/&max-keys=1");
    assertThat(between(first, "<CommonPrefixes><Prefix>", "<")).containsExactly("g/a/");
    assertThat(keys(first)).isEmpty();
    String token = between(first, "<NextContinuationToken>", "</NextContinuationToken>").get(0);
    String rest = list("prefix=g/&delimiter=/&continuation-token=" + encoded(token));
    assertThat(between(rest, "<CommonPrefixes><Prefix>", "<")).containsExactly("g/c/");
    assertThat(keys(rest)).containsExactly("g/b", "g/d");
  }

  @Test
  void requestsAndBytesAreCountedExactly() throws Exception {
    put("x", "12345");
    put("y", "123", "If-None-Match", "*");
    get("x");
    get("none");
    send("HEAD", "/memory/x", "");
    send("DELETE", "/memory/x", "");
    list("prefix=");
    RequestCounts counts = server.counts();
    assertThat(counts.of(PUT)).isEqualTo(2);
    assertThat(counts.bytesIn(PUT)).isEqualTo(8);
    assertThat(counts.of(GET)).isEqualTo(2);
    assertThat(counts.of(HEAD)).isEqualTo(1);
    assertThat(counts.of(DELETE)).isEqualTo(1);
    assertThat(counts.of(LIST)).isEqualTo(1);
    assertThat(counts.total()).isEqualTo(7);
    assertThat(counts.bytesOut(HEAD)).isZero();
  }

  @Test
  void faultsStrikeWhatTheyAreAimedAt() throws Exception {
    Fault fault = server.inject(Fault.on(PUT).keys("m/").skip(1).times(2).answer(503));
    assertThat(put("m/1", "x").statusCode()).isEqualTo(200);
    assertThat(put("other", "x").statusCode()).isEqualTo(200);
    assertThat(get("m/1").statusCode()).isEqualTo(200);
    HttpResponse<String> busy = put("m/2", "x");
    assertThat(busy.statusCode()).isEqualTo(503);
    assertThat(busy.body()).contains("<Code>SlowDown</Code>");
    assertThat(put("m/2", "x").statusCode()).isEqualTo(503);
    assertThat(get("m/2").statusCode()).isEqualTo(404);
    assertThat(put("m/2", "x").statusCode()).isEqualTo(200);
    assertThat(fault.hits()).isEqualTo(2);
  }

  @Test
  void aDroppedReplyLeavesTheEffectAndADroppedRequestNone() {
    server.inject(Fault.on(PUT).keys("after").drop(Fault.Point.AFTER));
    server.inject(Fault.on(PUT).keys("before").drop(Fault.Point.BEFORE));
    assertThatThrownBy(() -> put("after", "x")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> put("before", "x")).isInstanceOf(IOException.class);
    assertThat(server.objects()).isEqualTo(2);
  }

  @Test
  void aParkedRequestWaitsBeforeOrAfterItsEffect() throws Exception {
    Fault before = server.inject(Fault.on(PUT).keys("b").park(Fault.Point.BEFORE));
    Fault after = server.inject(Fault.on(PUT).keys("a").park(Fault.Point.AFTER));
    CompletableFuture<HttpResponse<String>> held = putAsync("b", "x");
    CompletableFuture<HttpResponse<String>> done = putAsync("a", "x");
    before.awaitParked(1);
    after.awaitParked(1);
    assertThat(get("b").statusCode()).isEqualTo(404);
    assertThat(get("a").statusCode()).isEqualTo(200);
    assertThat(held).isNotDone();
    assertThat(done).isNotDone();
    before.release();
    after.release();
    assertThat(held.get().statusCode()).isEqualTo(200);
    assertThat(done.get().statusCode()).isEqualTo(200);
    assertThat(get("b").statusCode()).isEqualTo(200);
  }

  @Test
  void bodiesTrickleOrEndEarlyOnCommand() throws Exception {
    put("x", "0123456789");
    server.inject(Fault.on(GET).keys("x").times(1).trickle(3, 1));
    assertThat(get("x").body()).isEqualTo("0123456789");
    server.inject(Fault.on(GET).keys("x").times(1).truncate(4));
    assertThatThrownBy(() -> get("x")).isInstanceOf(IOException.class);
    assertThat(get("x").body()).isEqualTo("0123456789");
  }

  @Test
  void latencyDelaysEveryRequestOfItsKind() throws Exception {
    server.latency(30, HEAD);
    long start = System.nanoTime();
    send("HEAD", "/memory/seed", "");
    // A lower bound holds on the slowest machine; a timer may be early by its grain.
    assertThat(System.nanoTime() - start).isGreaterThan(28_000_000L);
  }

  @Test
  void modesChangeWhatConditionsMean() throws Exception {
    server.modes().writes(S3Modes.Conditions.UNSUPPORTED);
    assertThat(put("seed", "x", "If-None-Match", "*").statusCode()).isEqualTo(501);
    server.modes().writes(S3Modes.Conditions.IGNORED).deletes(S3Modes.Conditions.IGNORED);
    assertThat(put("seed", "x", "If-None-Match", "*").statusCode()).isEqualTo(200);
    assertThat(put("none", "x", "If-Match", "\"e\"").statusCode()).isEqualTo(200);
    assertThat(send("DELETE", "/memory/none", "", "If-Match", "\"e\"").statusCode()).isEqualTo(204);
    server.modes().writes(S3Modes.Conditions.RACY);
    assertThat(put("seed", "x", "If-None-Match", "*").statusCode()).isEqualTo(412);
    assertThat(winnersOfRaces("racy")).isGreaterThan(16);
    server.modes().writes(S3Modes.Conditions.HONOURED);
    assertThat(winnersOfRaces("strict")).isEqualTo(16);
  }

  @Test
  void etagsNeedNotBeDigests() throws Exception {
    server.modes().etags(S3Modes.Etags.OPAQUE);
    String first = put("x", "same").headers().firstValue("ETag").orElseThrow();
    String second = put("x", "same").headers().firstValue("ETag").orElseThrow();
    assertThat(first).isNotEqualTo(second);
    assertThat(get("x").headers().firstValue("ETag")).contains(second);
  }

  @Test
  void withoutListPermissionAbsentLooksForbidden() throws Exception {
    server.modes().listingForbidden(true);
    assertThat(get("none").statusCode()).isEqualTo(403);
    assertThat(send("HEAD", "/memory/none", "").statusCode()).isEqualTo(403);
    assertThat(send("GET", "/memory?list-type=2", "").statusCode()).isEqualTo(403);
    assertThat(get("seed").statusCode()).isEqualTo(200);
  }

  @Test
  void aStoppedServerRefusesAndComesBackWithItsData() throws Exception {
    int port = server.port();
    server.stop();
    assertThatThrownBy(() -> get("seed")).isInstanceOf(IOException.class);
    server.listen();
    assertThat(server.port()).isEqualTo(port);
    assertThat(get("seed").body()).isEqualTo("hello");
  }

  @Test
  void chunkedUploadsOfSdksAreUnwrapped() throws Exception {
    String framed =
        "3;chunk-signature=ab\r\nhel\r\n2\r\nlo\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n";
    HttpResponse<String> put =
        put("x", framed, "x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(get("x").body()).isEqualTo("hello");
    assertThat(
            put("y", "9\r\nhel", "x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
                .statusCode())
        .isEqualTo(400);
  }

  @Test
  void aDigestThatDoesNotMatchIsRefused() throws Exception {
    assertThat(put("x", "hello", "Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==").statusCode())
        .isEqualTo(400);
    assertThat(put("x", "x".repeat(10), "x-amz-meta-a", "v".repeat(2_100)).statusCode())
        .isEqualTo(400);
    assertThat(put("k".repeat(1_025), "x").statusCode()).isEqualTo(400);
    assertThat(get("x").statusCode()).isEqualTo(404);
  }

  private int winnersOfRaces(String key) {
    int winners = 0;
    for (int round = 0; round < 16; round++) {
      List<CompletableFuture<HttpResponse<String>>> writers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        writers.add(putAsync(key + round, "writer " + i, "If-None-Match", "*"));
      }
      winners += (int) writers.stream().filter(put -> put.join().statusCode() == 200).count();
    }
    return winners;
  }

  private String list(String query) throws Exception {
    HttpResponse<String> page = send("GET", "/memory?list-type=2&" + query, "");
    assertThat(page.statusCode()).isEqualTo(200);
    return page.body();
  }

  private static List<String> keys(String page) {
    return between(page, "<Key>", "</Key>");
  }

  private static List<String> between(String text, String before, String after) {
    List<String> found = new ArrayList<>();
    for (int at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + 1)) {
      int from = at + before.length();
      found.add(text.substring(from, text.indexOf(after, from)));
    }
    return found;
  }

  private static String encoded(String text) {
    return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private HttpResponse<String> put(String key, String body, String... headers) throws Exception {
    return send("PUT", "/memory/" + key, body, headers);
  }

  private CompletableFuture<HttpResponse<String>> putAsync(
      String key, String body, String... headers) {
    return client.sendAsync(
        request("PUT", "/memory/" + key, body, headers), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String key, String... headers) throws Exception {
    return send("GET", "/memory/" + key, "", headers);
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers)
      throws Exception {
    return client.send(request(method, path, body, headers), BodyHandlers.ofString());
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server.endpoint() + path))
            .header("Authorization", authorization(server.accessKey()))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  private static String authorization(String accessKey) {
    return "AWS4-HMAC-SHA256 Credential="
        + accessKey
        + "/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
  }
}
