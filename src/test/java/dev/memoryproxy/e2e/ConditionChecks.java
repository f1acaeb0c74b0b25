package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.BiConsumer;

/** What each condition of the README means, by the words that end its row. */
final class ConditionChecks {
  /** Each takes a conversation, and the header with its value still open. */
  static final Map<String, BiConsumer<Conversation, String>> ALL =
      Map.of(
          "the file must not exist; a deleted one does not", ConditionChecks::absent,
          "the file must have this content; hex, or base64 in `Content-MD5`",
              ConditionChecks::content,
          "the file, or its tombstone, must be at this version", ConditionChecks::version);

  private ConditionChecks() {}

  /** Checks a 412: everything a string, and MD5s in the plain dialect only. */
  static void assertRefused(Conversation talk, Client.Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(412);
    JsonObject body = answer.json();
    assertThat(body.getString("error_code")).isEqualTo("PRECONDITION_FAILED");
    assertThat(body.getString("detail")).isNotBlank();
    Map<String, Object> context = body.getJsonObject("context").getMap();
    assertThat(context.values()).allMatch(String.class::isInstance);
    assertThat(context.get("current_version")).asString().matches("none|[1-9]\\d*");
    assertThat(context).containsKey("provided_version");
    if (talk.isNamespaced()) {
      assertThat(context).containsOnlyKeys("current_version", "provided_version");
    } else {
      assertThat(context)
          .containsOnlyKeys("current_version", "provided_version", "current_md5", "provided_md5");
    }
  }

  private static void absent(Conversation talk, String header) {
    assertThat(talk.put("a.md", "one", header).status()).isEqualTo(201);
    assertRefused(talk, talk.put("a.md", "two", header));
    assertRefused(talk, talk.delete("a.md", header));
    talk.delete("a.md");
    assertThat(talk.put("a.md", "three", header).status()).isEqualTo(201);
    assertThat(talk.get("a.md").text()).isEqualTo("three");
  }

  private static void content(Conversation talk, String header) {
    assertRefused(talk, talk.put("a.md", "x", ofContent(header, "one")));
    talk.create("a.md", "one");
    assertRefused(talk, talk.put("a.md", "x", ofContent(header, "other")));
    assertThat(talk.put("a.md", "two", ofContent(header, "one")).status()).isEqualTo(200);
    if (header.startsWith("Content-MD5")) {
      String digest =
          Base64.getEncoder().encodeToString(HexFormat.of().parseHex(Conversation.md5("two")));
      assertThat(talk.put("a.md", "three", header.replace("<md5>", digest)).status())
          .isEqualTo(200);
    } else {
      assertThat(talk.put("a.md", "three", ofContent(header, "two").replace("\"", "")).status())
          .isEqualTo(200);
    }
    assertRefused(talk, talk.delete("a.md", ofContent(header, "two")));
    assertThat(talk.delete("a.md", ofContent(header, "three")).status()).isIn(200, 204);
    assertRefused(talk, talk.put("a.md", "four", ofContent(header, "three")));
    assertThat(talk.get("a.md").status()).isEqualTo(404);
  }

  private static String ofContent(String header, String content) {
    return header.replace("<md5>", Conversation.md5(content));
  }

  private static void version(Conversation talk, String header) {
    String first = talk.create("a.md", "one");
    Client.Answer second = talk.put("a.md", "two", header.replace("<version>", first));
    assertThat(second.status()).isEqualTo(200);
    Client.Answer stale = talk.put("a.md", "x", header.replace("<version>", first));
    assertRefused(talk, stale);
    assertThat(stale.json().getJsonObject("context").getString("current_version"))
        .isEqualTo(second.header("X-Version"));
    assertThat(stale.json().getJsonObject("context").getString("provided_version"))
        .isEqualTo(first);
    assertRefused(talk, talk.delete("a.md", header.replace("<version>", first)));
    String last = header.replace("<version>", second.header("X-Version"));
    String tombstone = talk.delete("a.md", last).header("X-Version");
    assertRefused(talk, talk.put("a.md", "two", last));
    assertThat(talk.put("a.md", "three", header.replace("<version>", tombstone)).status())
        .isEqualTo(201);
    assertThat(talk.get("a.md").bytes()).isEqualTo("three".getBytes(UTF_8));
  }
}
