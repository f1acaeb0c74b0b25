package dev.memoryproxy.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalNamesTest {
  private static final Path ROOT = Path.of("/root");
  private static final long SEED = Long.getLong("seed", new Random().nextLong());

  /** What may be mistaken for something else, by us or by a file system. */
  private static final List<String> PIECES =
      List.of(
          "a",
          "A",
          "b",
          "z",
          "0",
          "/",
          "/",
          "/",
          ".",
          "..",
          "%",
          "%%",
          "%2e",
          "%2E",
          "%41",
          "25",
          "2",
          "f",
          ".blob",
          ".BLOB",
          "blo",
          "%62",
          "%+",
          "%-",
          "+",
          "-",
          " ",
          ":",
          "\\",
          "*",
          "?",
          "con",
          "CON",
          "nul",
          "com1",
          "aux.txt",
          "\u00E9",
          "e\u0301",
          "\u20AC",
          "\uD83D\uDE00",
          "\u0130",
          "i",
          "I",
          "\u0000",
          "\u0001",
          "\u007F",
          "n".repeat(120),
          "n".repeat(237),
          "\u20AC".repeat(27),
          "~",
          "README",
          "readme");

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void namesDecodeToTheirKeyAndNoTwoKeysShareAFile(boolean portable) {
    Random random = new Random(SEED);
    LocalNames names = new LocalNames(portable);
    Map<String, String> keyOfFile = new HashMap<>();
    Set<String> directories = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      String key = randomKey(random);
      Path file = names.file(ROOT, key);
      assertThat(decode(file)).as("seed %d, %s", SEED, file).isEqualTo(key);
      String owner = keyOfFile.put(asStored(file, portable), key);
      assertThat(owner).as("seed %d, owner of %s", SEED, file).isIn(null, key);
      Path relative = ROOT.relativize(file);
      for (int depth = 1; depth < relative.getNameCount(); depth++) {
        directories.add(asStored(ROOT.resolve(relative.subpath(0, depth)), portable));
      }
      assertNamesFit(file, portable);
    }
    directories.retainAll(keyOfFile.keySet());
    assertThat(directories).as("seed %d, both file and directory", SEED).isEmpty();
  }

  @Test
  void ordinaryNamesStayReadable() {
    LocalNames names = new LocalNames(false);
    assertThat(names.file(ROOT, "memory/.hidden/READ ME+1.md").toString())
        .isEqualTo("/root/memory/.hidden/READ ME+1.md.blob");
    assertThat(names.directory(ROOT, "a/b/").toString()).isEqualTo("/root/a/b");
    assertThat(names.directory(ROOT, "")).isEqualTo(ROOT);
  }

  @Test
  void portableNamesTellUpperFromLowerCase() {
    LocalNames names = new LocalNames(true);
    assertThat(names.file(ROOT, "README.md").toString().toLowerCase(Locale.ROOT))
        .isNotEqualTo(names.file(ROOT, "readme.md").toString().toLowerCase(Locale.ROOT));
    assertThat(names.file(ROOT, "nul/con").toString()).isEqualTo("/root/%6eul/%63on.blob");
  }

  @Test
  void foreignNamesAreNoKeys() {
    for (String name : List.of("%zz.blob", "%4.blob", "%.blob", "%c3%28.blob", "%ff")) {
      assertThat(LocalNames.decode(name)).as(name).isEmpty();
    }
  }

  private static void assertNamesFit(Path file, boolean portable) {
    for (Path name : ROOT.relativize(file)) {
      String text = name.toString();
      assertThat(text.getBytes(StandardCharsets.UTF_8).length).isBetween(1, 255);
      assertThat(text).matches("[ -~]+").isNotIn(".", "..");
      if (portable) {
        assertThat(text).doesNotContainPattern("[A-Z<>:\"|?*\\\\]").doesNotMatch(".*[. ]");
      }
    }
  }

  /** The name as a file system compares it that folds case and normalises Unicode. */
  private static String asStored(Path path, boolean folding) {
    String text = path.toString();
    return folding
        ? Normalizer.normalize(text, Normalizer.Form.NFC).toLowerCase(Locale.ROOT)
        : text;
  }

  private static String decode(Path file) {
    StringBuilder key = new StringBuilder();
    for (Path name : ROOT.relativize(file)) {
      key.append(LocalNames.decode(name.toString()).orElseThrow());
    }
    return key.toString();
  }

  private static String randomKey(Random random) {
    return Stream.generate(() -> PIECES.get(random.nextInt(PIECES.size())))
        .limit(1 + random.nextInt(6))
        .reduce("", String::concat);
  }
}
