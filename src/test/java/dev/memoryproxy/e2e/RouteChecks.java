package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** What each route of the README promises, by the route's name. */
final class RouteChecks {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
  private static final String FILE = "a b/\u00e4 + 100%.md";

  static final Map<String, Consumer<Conversation>> ALL =
      Map.of(
          "GET /blob/{path}", RouteChecks::get,
          "HEAD /blob/{path}", RouteChecks::head,
          "PUT /blob/{path}", RouteChecks::put,
          "DELETE /blob/{path}", RouteChecks::delete,
          "GET /sync", RouteChecks::index,
          "GET /sync?since={index_version}", RouteChecks::since,
          "GET /sync?prefix={path prefix}", RouteChecks::prefix,
          "GET /namespaces", RouteChecks::namespaces,
          "GET /health", RouteChecks::health);

  private RouteChecks() {}

  private static void get(Conversation talk) {
    String version = talk.create(FILE, "hello");
    Client.Answer answer = talk.get(FILE);
    assertDescribes(answer, version);
    assertThat(answer.text()).isEqualTo("hello");
    String etag = answer.header("ETag");
    String modified = answer.header("Last-Modified");
    for (String known : new String[] {"If-None-Match: " + etag, "If-Modified-Since: " + modified}) {
      Client.Answer same = talk.get(FILE, known);
      assertThat(same.status()).as(known).isEqualTo(304);
      assertThat(same.header("ETag")).isEqualTo(etag);
    }
    String never = "Thu, 01 Jan 1970 00:00:00 GMT";
    for (String lost : new String[] {"If-Match: \"x\"", "If-Unmodified-Since: " + never}) {
      ConditionChecks.assertRefused(talk, talk.get(FILE, lost));
    }
    Client.Answer part = talk.get(FILE, "Range: bytes=1-2", "If-Range: " + etag);
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.text()).isEqualTo("el");
    assertThat(part.header("Content-Range")).isEqualTo("bytes 1-2/5");
    assertThat(talk.get(FILE, "Range: bytes=1-2", "If-Range: \"x\"").text()).isEqualTo("hello");
    assertThat(talk.get(FILE, "Range: bytes=5-").status()).isEqualTo(416);
    assertAbsent(talk);
  }

  private static void head(Conversation talk) {
    String version = talk.create("head/" + FILE, "hello");
    String name = "HEAD /blob/{path}";
    Client.Answer answer = talk.call(name, talk.path("head/" + FILE), "");
    assertDescribes(answer, version);
    assertThat(answer.bytes()).isEmpty();
    assertThat(talk.call(name, talk.path("nothing.md"), "").status()).isEqualTo(404);
  }

  private static void assertDescribes(Client.Answer answer, String version) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("ETag")).isEqualTo('"' + Conversation.md5("hello") + '"');
    assertThat(answer.header("Last-Modified"))
        .matches("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
    assertThat(answer.header("Content-Type")).isEqualTo("text/markdown");
    assertThat(answer.header("Content-Length")).isEqualTo("5");
    assertThat(answer.header("X-Version")).isEqualTo(version).matches("[1-9]\\d*");
  }

  private static void assertAbsent(Conversation talk) {
    assertThat(talk.get("nothing.md").status()).isEqualTo(404);
    talk.create("gone.md", "x");
    talk.delete("gone.md");
    assertThat(talk.get("gone.md").status()).isEqualTo(404);
  }

  private static void put(Conversation talk) {
    Client.Answer created = talk.put(FILE, "one", "If-Match-Version: 0");
    assertWritten(talk, created, 201, "one", false);
    Client.Answer changed =
        talk.put(FILE, "two", "If-Match-Version: " + created.header("X-Version"));
    assertWritten(talk, changed, 200, "two", false);
    assertThat(version(changed)).isGreaterThan(version(created));
    talk.delete(FILE);
    Client.Answer again = talk.put(FILE, "three", "If-Match-Version: 0");
    assertWritten(talk, again, 201, "three", false);
    assertThat(version(again)).isGreaterThan(version(changed) + 1);
    assertThat(talk.get(FILE).header("Content-Type")).isEqualTo("application/octet-stream");
  }

  private static void delete(Conversation talk) {
    String version = talk.create(FILE, "one");
    talk.create("other.md", "other");
    Client.Answer deleted = talk.delete(FILE);
    assertWritten(talk, deleted, talk.isNamespaced() ? 200 : 204, "one", true);
    assertThat(version(deleted)).isGreaterThan(Long.parseLong(version));
    assertThat(talk.delete(FILE).status()).isEqualTo(404);
    assertThat(talk.delete("nothing.md").status()).isEqualTo(404);
    assertThat(talk.get("other.md").text()).isEqualTo("other");
  }

  private static long version(Client.Answer answer) {
    return Long.parseLong(answer.header("X-Version"));
  }

  /** Checks the answer to a write, and that the index shows what it says. */
  private static void assertWritten(
      Conversation talk, Client.Answer answer, int status, String content, boolean deleted) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    JsonObject entry = talk.entry(FILE);
    assertThat(entry.getString("md5")).isEqualTo(Conversation.md5(content));
    assertThat(entry.getLong("version")).isEqualTo(version(answer));
    assertThat(entry.getLong("size")).isEqualTo(deleted ? 0 : content.length());
    assertThat(entry.getBoolean("is_deleted")).isEqualTo(deleted);
    if (!deleted) {
      assertThat(answer.header("ETag")).isEqualTo('"' + Conversation.md5(content) + '"');
    }
    if (!talk.isNamespaced()) {
      assertThat(answer.bytes()).isEmpty();
      return;
    }
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    JsonObject body = answer.json();
    assertThat(body.fieldNames())
        .containsExactlyInAnyOrder("files", "index_last_modified", "index_version");
    assertThat(body.getJsonObject("files")).isEqualTo(new JsonObject().put(talk.path(FILE), entry));
    JsonObject index = talk.sync().json();
    assertThat(body.getLong("index_version")).isEqualTo(index.getLong("index_version"));
    assertThat(body.getString("index_last_modified"))
        .isEqualTo(index.getString("index_last_modified"));
  }

  private static void index(Conversation talk) {
    if (talk.isNamespaced()) {
      JsonObject empty = talk.sync().json();
      assertThat(empty.getJsonObject("files")).isEmpty();
      assertThat(empty.getLong("index_version")).isZero();
    }
    talk.create(FILE, "hello");
    talk.create("gone.md", "gone");
    talk.delete("gone.md");
    Client.Answer answer = talk.sync();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.json().getString("index_last_modified")).matches(TIME);
    assertThat(answer.json().getLong("index_version")).isPositive();
    JsonObject entry = answer.json().getJsonObject("files").getJsonObject(talk.path(FILE));
    assertThat(entry.fieldNames())
        .containsExactly("md5", "last_modified", "size", "version", "is_deleted");
    assertThat(entry.getString("last_modified")).matches(TIME);
    JsonObject gone = answer.json().getJsonObject("files").getJsonObject(talk.path("gone.md"));
    assertThat(gone.getBoolean("is_deleted")).isTrue();
    assertThat(gone.getString("md5")).isEqualTo(Conversation.md5("gone"));
    assertThat(answer.header("ETag")).matches("\"[^\"]+\"");
    assertThat(talk.sync("If-None-Match: " + answer.header("ETag")).status()).isEqualTo(304);
    Client.Answer packed = talk.sync("Accept-Encoding: gzip");
    assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
    assertThat(unzip(packed.bytes())).isEqualTo(answer.text());
  }

  private static String unzip(byte[] bytes) {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void since(Conversation talk) {
    String name = "GET /sync?since={index_version}";
    talk.create("first.md", "1");
    long before = talk.sync().json().getLong("index_version");
    talk.create(FILE, "2");
    JsonObject delta = talk.call(name, Long.toString(before), "").json();
    assertThat(delta.getJsonObject("files").fieldNames()).containsExactly(talk.path(FILE));
    assertThat(delta.getLong("since")).isEqualTo(before);
    assertThat(delta.getBoolean("complete")).isFalse();
    JsonObject all = talk.call(name, "999999999999999", "").json();
    assertThat(all.getBoolean("complete")).isTrue();
    assertThat(all.getJsonObject("files")).isEqualTo(talk.sync().json().getJsonObject("files"));
  }

  private static void prefix(Conversation talk) {
    talk.create("in/a + b.md", "1");
    talk.create("out.md", "2");
    Client.Answer answer = talk.call("GET /sync?prefix={path prefix}", talk.path("in/a +"), "");
    assertThat(answer.json().getJsonObject("files").fieldNames())
        .containsExactly(talk.path("in/a + b.md"));
  }

  private static void namespaces(Conversation talk) {
    talk.create("listed.md", "hello");
    Client.Answer answer = talk.call("GET /namespaces", "", "");
    assertThat(answer.status()).isEqualTo(200);
    JsonObject unnamed = answer.json().getJsonArray("namespaces").getJsonObject(0);
    assertThat(unnamed.getString("name")).isEmpty();
    assertThat(unnamed.getLong("files")).isPositive();
    assertThat(unnamed.getLong("bytes")).isGreaterThanOrEqualTo(5);
    assertThat(unnamed.getLong("index_version")).isPositive();
    String known = "If-None-Match: " + answer.header("ETag");
    assertThat(talk.call("GET /namespaces", "", "", known).status()).isEqualTo(304);
    assertThat(
            talk.call("GET /namespaces", "", "", "Accept-Encoding: gzip")
                .header("Content-Encoding"))
        .isEqualTo("gzip");
  }

  private static void health(Conversation talk) {
    Client.Answer answer = talk.call("GET /health", "", "");
    assertThat(answer.json().getString("status")).isEqualTo("ok");
    assertThat(answer.json().getString("storage")).isEqualTo("connected");
    assertThat(answer.json().getString("version")).isNotBlank();
  }
}
