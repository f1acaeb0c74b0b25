package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamespacePatternTest {
  private static Namespace namespace(String name) {
    return name.isEmpty() ? Namespace.DEFAULT : Namespace.parse(name);
  }

  @ParameterizedTest
  @CsvSource({
    // the name itself
    "personas/alice, personas/alice, true",
    "personas/alice, personas/alice/memory, false",
    "personas/alice, personas, false",
    "personas/alice, personas/Alice, false",
    "personas/alice, xpersonas/alice, false",
    // one star: characters of one segment
    "*, a, true",
    "*, a/b, false",
    "personas/*/memory, personas/alice/memory, true",
    "personas/*/memory, personas/memory, false",
    "personas/*/memory, personas/a/b/memory, false",
    "a*, a, true",
    "a*, alice, true",
    "a*, bob, false",
    "*-test, x-test, true",
    "*-test, -test, true",
    "*-test, x-tests, false",
    "a*b*c, abc, true",
    "a*b*c, a-b-b-c, true",
    "a*b*c, ac, false",
    "a*b*c, acb, false",
    "ab*ba, aba, false",
    "ab*ba, abba, true",
    "a*ab*b, aabb, true",
    "a*ab*b, aab, false",
    // two stars: segments, or none
    "personas/alice/**, personas/alice, true",
    "personas/alice/**, personas/alice/memory, true",
    "personas/alice/**, personas/alice/a/b/c, true",
    "personas/alice/**, personas/alice2, false",
    "personas/alice/**, personas, false",
    "**/history, history, true",
    "**/history, a/history, true",
    "**/history, a/b/history, true",
    "**/history, a/history/b, false",
    "**/history/**, history, true",
    "**/history/**, a/history/b/c, true",
    "**/history/**, a/histories/b, false",
    "a/**/z, a/z, true",
    "a/**/z, a/b/c/z, true",
    "a/**/z, a/b/z/c, false",
    "a/**/b/**/c, a/x/b/y/b/c, true",
    "a/**/b/**/c, a/x/c, false",
    "**/a/b/**/a/c, a/b/a/b/a/c, true",
    "**/*, a, true",
    "**, a/b/c, true",
    "**/**, a, true",
    // the unnamed namespace has no segments
    "**, '', true",
    "**/**, '', true",
    "'', '', true",
    "'', a, false",
    "*, '', false",
    "**/*, '', false",
    "a/**, '', false",
  })
  void aPatternMatchesWholeNames(String pattern, String name, boolean matches) {
    assertThat(NamespacePattern.parse(pattern).matches(namespace(name)))
        .as("%s of %s", pattern, name)
        .isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/a",
        "a/",
        "a//b",
        "a/./b",
        "..",
        "a**",
        "**a",
        "a/**b/c",
        "***",
        "a/.sync-log",
        "a\nb",
        "a\u0000",
      })
  void whatNoNameCouldMatchIsNoPattern(String text) {
    assertThatThrownBy(() -> NamespacePattern.parse(text)).isInstanceOf(PatternException.class);
  }

  @Test
  void lengthAndSegmentsAreBounded() {
    assertThat(NamespacePattern.parse("ä".repeat(256)).toString()).hasSize(256);
    assertThatThrownBy(() -> NamespacePattern.parse("ä".repeat(256) + "a"))
        .isInstanceOf(PatternException.class);
    assertThat(NamespacePattern.parse("a/".repeat(31) + "a").toString()).hasSize(63);
    assertThatThrownBy(() -> NamespacePattern.parse("a/".repeat(32) + "a"))
        .isInstanceOf(PatternException.class)
        .hasMessageContaining("32 segments");
  }

  /** With backtracking each of these would take longer than the universe has time. */
  static Stream<List<String>> pathological() {
    String longest = "a".repeat(511);
    String deepest = "a/".repeat(255) + "a";
    return Stream.of(
        List.of("a*".repeat(255) + "b", longest),
        List.of("*a".repeat(255) + "*b", longest),
        List.of("**/a/".repeat(15) + "b", deepest),
        List.of("**/*/".repeat(15) + "b", deepest),
        List.of("**/*a*/".repeat(15) + "**/b", deepest));
  }

  @ParameterizedTest
  @MethodSource("pathological")
  void aPatternThatAlmostMatchesInManyWaysIsJudgedAllTheSame(List<String> patternAndName) {
    NamespacePattern pattern = NamespacePattern.parse(patternAndName.get(0));
    String name = patternAndName.get(1);

    assertThat(pattern.matches(namespace(name))).isFalse();
    assertThat(pattern.matches(namespace(name.substring(0, name.length() - 1) + "b"))).isTrue();
  }

  @Test
  void aListOfGrantsIsReadWholeOrRefused() {
    assertThat(NamespaceGrant.parseAll(List.of("a/**", "b:ro", "", ":ro")))
        .containsExactly(
            new NamespaceGrant(NamespacePattern.parse("a/**"), false),
            new NamespaceGrant(NamespacePattern.parse("b"), true),
            new NamespaceGrant(NamespacePattern.parse(""), false),
            new NamespaceGrant(NamespacePattern.parse(""), true));
    assertThatThrownBy(() -> NamespaceGrant.parseAll("a/**"))
        .hasMessage("is not a list of patterns");
    assertThatThrownBy(() -> NamespaceGrant.parseAll(null)).isInstanceOf(PatternException.class);
    assertThatThrownBy(() -> NamespaceGrant.parseAll(List.of("a", 7)))
        .hasMessage("has an entry (number 2) that is not a text");
    assertThatThrownBy(() -> NamespaceGrant.parseAll(List.of("a", "b//c")))
        .isInstanceOf(PatternException.class)
        .hasMessageStartingWith("has an entry (number 2) that ")
        .hasMessageNotContaining("b//c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "team:rw",
        "x:RO",
        "x:Ro",
        "y:ro:ro",
        "y:RW:ro",
        ":rw",
        "a:w",
        "a:wo",
        "a:r",
        "a/**:read",
        "a:write",
        "a:ReadOnly",
        "a:read-only",
        "a:read_write",
        "a:none",
        "**:rwx"
      })
  void whatLooksLikeAnotherPermissionIsRefused(String text) {
    assertThatThrownBy(() -> NamespaceGrant.parseAll(List.of(text)))
        .isInstanceOf(PatternException.class)
        .hasMessageContaining("only ':ro'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b", "http:1", "a:rows", "a:ro/b", "a:rw/*", "ro", "a:*", "a:"})
  void anyOtherColonIsPartOfAName(String text) {
    assertThat(NamespaceGrant.parseAll(List.of(text)))
        .containsExactly(new NamespaceGrant(NamespacePattern.parse(text), false));
  }

  @Test
  void allBadGrantsAreReportedUpToAFew() {
    assertThatThrownBy(() -> NamespaceGrant.parseAll(List.of("a//b", "good", "x:rw", "/")))
        .hasMessageContaining("(number 1)")
        .hasMessageContaining("(number 3)")
        .hasMessageContaining("(number 4)")
        .hasMessageNotContaining("(number 2)");
    assertThatThrownBy(
            () -> NamespaceGrant.parseAll(Stream.generate(() -> "/").limit(100).toList()))
        .hasMessageContaining("(number 5)")
        .hasMessageNotContaining("(number 6)")
        .hasMessageEndingWith(", and 95 more such entries");
  }

  @Test
  void theNumberOfGrantsIsBounded() {
    List<String> most = Stream.generate(() -> "a").limit(NamespaceGrant.MAX_GRANTS).toList();
    List<String> tooMany = Stream.concat(most.stream(), Stream.of("b")).toList();

    assertThat(NamespaceGrant.parseAll(most)).hasSize(NamespaceGrant.MAX_GRANTS);
    assertThatThrownBy(() -> NamespaceGrant.parseAll(tooMany)).hasMessageContaining("more than");
  }
}
