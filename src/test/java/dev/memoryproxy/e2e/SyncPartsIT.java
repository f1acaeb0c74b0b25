package dev.memoryproxy.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code GET /sync} with {@code since} and {@code prefix}, through the packaged jar. */
class SyncPartsIT {
  private static final long SEED = 20_260_115;
  private static final List<String> PATHS =
      List.of(
          "a.md",
          "ab.md",
          "notes/a b.md",
          "notes/a+b.md",
          "notes/100%25.md",
          "notes/r&d=1.md",
          "notes/\u00e4/1.md",
          "notes/\u00e4/2.md",
          "people/\ud83d\ude00.json");

  @TempDir Path directory;

  private record Part(long version, Map<String, Object> files, JsonObject whole) {
    static Part of(Client.Answer answer) {
      assertThat(answer.status()).as(answer.text()).isEqualTo(200);
      JsonObject json = answer.json();
      return new Part(json.getLong("index_version"), json.getJsonObject("files").getMap(), json);
    }
  }

  private static Part sync(Client client, String query) {
    return Part.of(client.send(client.request("/sync" + query).GET()));
  }

  @Test
  void deltasFromAnyCursorGiveExactlyTheFullIndex() {
    Map<String, String> settings =
        Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString());
    List<Part> history = new ArrayList<>();
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      history.add(sync(client, ""));
      write(client, history);
      Part full = sync(client, "");
      for (Part base : history) {
        // Nobody can tell what came before the first change: there may have been another index.
        assertDelta(client, base, full, base.version() > 0);
      }
      assertFutureCursorGivesEverything(client, full);
      assertPrefixes(client, history.get(history.size() / 2), full);
      assertThat(service.terminate()).isZero();
    }
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      Part full = sync(client, "");
      assertThat(full.files()).isEqualTo(history.get(history.size() - 1).files());
      for (Part base : history) {
        assertDelta(client, base, full, false);
      }
    }
  }

  /** Creates, changes, deletes and re-creates; each step's index is kept. */
  private static void write(Client client, List<Part> history) {
    Random random = new Random(SEED);
    Map<String, String> digests = new HashMap<>();
    for (int step = 0; step < 60; step++) {
      String path = PATHS.get(random.nextInt(PATHS.size()));
      String before = digests.get(path);
      int status;
      if (before != null && random.nextInt(3) == 0) {
        status = client.delete(path).status();
        digests.remove(path);
      } else {
        byte[] content = ("step " + step).getBytes(UTF_8);
        status = client.put(path, before == null ? "new" : before, content).status();
        digests.put(path, Md5.of(content));
      }
      assertThat(status).as("step %d of seed %d: %s", step, SEED, path).isBetween(200, 204);
      history.add(sync(client, ""));
    }
  }

  private static void assertDelta(Client client, Part base, Part full, boolean exact) {
    Part delta = sync(client, "?since=" + base.version());
    boolean complete = delta.whole().getBoolean("complete");
    Map<String, Object> applied = complete ? new TreeMap<>() : new TreeMap<>(base.files());
    applied.putAll(delta.files());
    String what = "since " + base.version() + ", seed " + SEED;
    assertThat(applied).as(what).isEqualTo(full.files());
    assertThat(delta.version()).as(what).isEqualTo(full.version());
    assertThat(delta.whole().getLong("since")).isEqualTo(base.version());
    if (exact) {
      assertThat(complete).as(what).isFalse();
    }
    if (!complete) {
      Map<String, Object> changed =
          only(
              full.files(),
              path -> !Objects.equals(full.files().get(path), base.files().get(path)));
      assertThat(delta.files()).as(what).isEqualTo(changed);
    }
  }

  private static Map<String, Object> only(Map<String, Object> files, Predicate<String> wanted) {
    Map<String, Object> chosen = new TreeMap<>(files);
    chosen.keySet().removeIf(wanted.negate());
    return chosen;
  }

  private static void assertFutureCursorGivesEverything(Client client, Part full) {
    for (String cursor : List.of(Long.toString(full.version() + 1), "999999999999999999")) {
      Part part = sync(client, "?since=" + cursor);
      assertThat(part.whole().getBoolean("complete")).isTrue();
      assertThat(part.whole().getLong("since")).isEqualTo(Long.parseLong(cursor));
      assertThat(part.files()).isEqualTo(full.files());
    }
  }

  private static void assertPrefixes(Client client, Part base, Part full) {
    Map<String, String> encoded = new TreeMap<>();
    encoded.put("", "");
    encoded.put("a", "a");
    encoded.put("notes/", "notes/");
    encoded.put("notes%2Fa%20", "notes/a ");
    encoded.put("notes/a+", "notes/a+");
    encoded.put("notes/a%2B", "notes/a+");
    encoded.put("notes/100%2525", "notes/100%25");
    encoded.put("notes/r%26d%3D", "notes/r&d=");
    encoded.put("notes/%C3%A4/", "notes/\u00e4/");
    encoded.put("people/%F0%9F%98%80", "people/\ud83d\ude00");
    encoded.put("nothing/", "nothing/");
    encoded.forEach(
        (raw, prefix) -> {
          Part part = sync(client, "?prefix=" + raw);
          assertThat(part.files())
              .as(raw)
              .isEqualTo(only(full.files(), path -> path.startsWith(prefix)));
          assertThat(part.version()).isEqualTo(full.version());
          assertThat(part.whole().fieldNames()).doesNotContain("since", "complete");
          Part both = sync(client, "?since=" + base.version() + "&prefix=" + raw);
          Part delta = sync(client, "?since=" + base.version());
          assertThat(both.whole().getBoolean("complete")).isFalse();
          assertThat(both.files())
              .as(raw)
              .isEqualTo(only(delta.files(), path -> path.startsWith(prefix)));
        });
  }

  @Test
  void everyCodingCarriesTheSameDocument() throws IOException {
    Map<String, String> settings =
        Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString());
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      write(client, new ArrayList<>());
      byte[] plain = client.send(client.request("/sync").GET()).bytes();
      Client.Answer zstd = packed(client, "gzip, zstd");
      assertThat(zstd.header("content-encoding")).isEqualTo("zstd");
      try (var in = new ZstdInputStream(new ByteArrayInputStream(zstd.bytes()))) {
        assertThat(in.readAllBytes()).isEqualTo(plain);
      }
      Client.Answer gzip = packed(client, "gzip");
      assertThat(gzip.header("content-encoding")).isEqualTo("gzip");
      try (var in = new GZIPInputStream(new ByteArrayInputStream(gzip.bytes()))) {
        assertThat(in.readAllBytes()).isEqualTo(plain);
      }
      assertThat(zstd.bytes().length).isLessThan(plain.length);
    }
  }

  private static Client.Answer packed(Client client, String codings) {
    return client.send(client.request("/sync").header("Accept-Encoding", codings).GET());
  }

  @Test
  void garbageIsRefused() {
    Map<String, String> settings =
        Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString());
    try (ServiceProcess service = ServiceProcess.start(directory, settings)) {
      Client client = Client.of(service);
      for (String query :
          List.of(
              "since=",
              "since",
              "since=-1",
              "since=1.5",
              "since=abc",
              "since=99999999999999999999",
              "since=1&since=x",
              "prefix=%25&since=x",
              "prefix=%25&since=-",
              "prefix=%C3")) {
        Client.Answer answer = client.send(client.request("/sync?" + query).GET());
        assertThat(answer.status()).as(query).isEqualTo(400);
        assertThat(answer.errorCode()).as(query).startsWith("INVALID_");
      }
    }
  }
}
