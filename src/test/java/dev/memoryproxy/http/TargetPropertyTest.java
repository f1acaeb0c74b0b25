package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a client encodes is what the service decodes, for any names; {@code -Dseed=N} replays. */
class TargetPropertyTest {
  private static final int PAIRS = 20_000;
  private static final String UNRESERVED =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  private static final List<String> PARTS =
      List.of(
          "a",
          "b",
          "blob",
          "sync",
          "health",
          "..",
          ".",
          "%",
          "%2F",
          "+",
          " ",
          "?",
          "#",
          "&",
          "=",
          "\\",
          "\"",
          ";",
          ":",
          "@",
          "\u00e4",
          "a\u0308",
          "\uD83E\uDDE0",
          "\u2028",
          "\uFFFD",
          ".sync",
          "-",
          "~");

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  private record Pair(String namespace, String path) {}

  private String segment() {
    while (true) {
      StringBuilder text = new StringBuilder();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        text.append(PARTS.get(random.nextInt(PARTS.size())));
      }
      String segment = text.toString();
      if (!segment.equals(".") && !segment.equals("..") && !segment.startsWith(".sync-")) {
        return segment;
      }
    }
  }

  private String segments(int most) {
    StringBuilder text = new StringBuilder(segment());
    for (int n = random.nextInt(most); n > 0; n--) {
      text.append('/').append(random.nextInt(4) == 0 ? "blob" : segment());
    }
    return text.toString();
  }

  private Pair pair() {
    while (true) {
      String namespace = segments(4);
      String first = namespace.split("/", -1)[0];
      if (!List.of("blob", "sync", "health", "namespaces").contains(first)) {
        return new Pair(namespace, segments(5));
      }
    }
  }

  /** Encodes what must be, some of what need not be, and slashes if asked to. */
  private String encode(String text, boolean slashes, String bare) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      boolean raw =
          c == '/' ? !slashes : bare.indexOf(c) >= 0 && (c == '+' || random.nextInt(20) > 0);
      out.append(
          raw
              ? String.valueOf(c)
              : String.format(random.nextBoolean() ? "%%%02X" : "%%%02x", (int) c));
    }
    return out.toString();
  }

  private void assertRoutes(String raw, Pair pair) {
    Target target = Target.parse(raw).orElseThrow();
    assertThat(target.resource()).isEqualTo(Target.Resource.BLOB);
    assertThat(target.dialect()).isEqualTo(Dialect.NAMESPACED);
    assertThat(target.blob().namespace().name())
        .as("-Dseed=%d: %s", seed, raw)
        .isEqualTo(pair.namespace());
    assertThat(target.blob().path().toString())
        .as("-Dseed=%d: %s", seed, raw)
        .isEqualTo(pair.path());
  }

  @Test
  void encodeThenRouteThenDecodeIsTheIdentity() {
    int withBareSlashes = 0;
    for (int i = 0; i < PAIRS; i++) {
      Pair pair = pair();
      String bare = random.nextBoolean() ? UNRESERVED : UNRESERVED + "+!$&'()*,;=:@";
      assertRoutes(
          "/" + encode(pair.namespace(), true, bare) + "/blob/" + encode(pair.path(), true, bare),
          pair);
      // A bare slash in the path never misleads, one in the namespace does before "blob" only.
      assertRoutes(
          "/" + encode(pair.namespace(), true, bare) + "/blob/" + encode(pair.path(), false, bare),
          pair);
      if (Arrays.stream(pair.namespace().split("/", -1)).noneMatch("blob"::equals)) {
        withBareSlashes++;
        assertRoutes(
            "/"
                + encode(pair.namespace(), false, bare)
                + "/blob/"
                + encode(pair.path(), false, bare),
            pair);
      }
      assertThat(Target.parse("/sync/" + encode(pair.namespace(), random.nextBoolean(), bare)))
          .as("-Dseed=%d", seed)
          .map(Target::namespace)
          .contains(Namespace.parse(pair.namespace()));
      assertThat(Target.parse("/blob/" + encode(pair.path(), random.nextBoolean(), bare)))
          .as("-Dseed=%d", seed)
          .map(Target::blob)
          .contains(new BlobAddress(Namespace.DEFAULT, BlobPath.parse(pair.path())));
    }
    assertThat(withBareSlashes).isGreaterThan(PAIRS / 10);
  }

  @Test
  void differentPairsNeverShareAnIndexEntry() {
    Map<BlobAddress, Pair> owners = new HashMap<>();
    Map<String, Pair> keys = new HashMap<>();
    int sharedKeys = 0;
    for (int i = 0; i < PAIRS; i++) {
      // Few names, so that the same object key comes about in several ways.
      Pair pair = new Pair(fewNames(2), fewNames(4));
      Target target =
          Target.parse(
                  "/"
                      + encode(pair.namespace(), true, UNRESERVED)
                      + "/blob/"
                      + encode(pair.path(), random.nextBoolean(), UNRESERVED))
              .orElseThrow();
      Pair owner = owners.putIfAbsent(target.blob(), pair);
      assertThat(owner == null || owner.equals(pair))
          .as("-Dseed=%d: %s and %s", seed, owner, pair)
          .isTrue();
      Pair sharer = keys.putIfAbsent(target.blob().key("memory"), pair);
      sharedKeys += sharer != null && !sharer.equals(pair) ? 1 : 0;
    }
    assertThat(sharedKeys).as("pairs with one key, which the test is about").isPositive();
  }

  private String fewNames(int most) {
    List<String> names = List.of("a", "b", "a%2Fb", "%61", "A");
    StringBuilder text = new StringBuilder(names.get(random.nextInt(names.size())));
    for (int n = random.nextInt(most); n > 0; n--) {
      text.append(random.nextInt(6) == 0 ? "/blob/" : "/");
      text.append(names.get(random.nextInt(names.size())));
    }
    return text.toString();
  }
}
