package dev.memoryproxy.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamespaceAliasesTest {
  private static NamespaceAliases aliases(String text) {
    return NamespaceAliases.of(
        Arrays.stream(text.split(","))
            .map(alias -> alias.split("=", -1))
            .map(sides -> NamespaceAlias.parse(sides[0], sides[1]))
            .toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/memory=personas/*/memory | p1/memory | personas/p1/memory",
        "*/memory=personas/*/memory | personas/p1/memory | personas/p1/memory",
        "*/memory=personas/*/memory | p1/history | p1/history",
        "*/memory=personas/*/memory | memory | memory",
        "old=new | old | new",
        "old=new | old/x | old/x",
        "team-*=teams/* | team-red | teams/red",
        "*-*=a/*/b/* | x-y-z | a/x/b/y-z",
        "*/*=*/x/* | a/b | a/x/b",
        // the first that matches, once
        "a/*=b/*,*/c=d/* | a/c | b/c",
        "a=b,b=a | a | b",
        "a=b,b=a | b | a",
        "keep/memory=keep/memory,*/memory=personas/*/memory | keep/memory | keep/memory",
      })
  void theFirstAliasThatMatchesIsAppliedOnce(String aliases, String asked, String meant) {
    assertThat(aliases(aliases).resolve(Namespace.parse(asked))).hasToString(meant);
  }

  @Test
  void theUnnamedNamespaceMeansItself() {
    assertThat(aliases("*=x/*").resolve(Namespace.DEFAULT)).isEqualTo(Namespace.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource({
    "*-x, *, -x",
    "*-x, *, ..-x",
    "*-x, *, blob-x",
    "*-x, *, .sync-log-x",
    "*-x, a/*/b, -x",
  })
  void anAliasThatLeadsToNoNameIsRefused(String from, String to, String asked) {
    NamespaceAliases aliases = NamespaceAliases.of(List.of(NamespaceAlias.parse(from, to)));

    assertThatThrownBy(() -> aliases.resolve(Namespace.parse(asked)))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> assertThat(error.kind()).isEqualTo(ProxyError.Kind.INVALID_PATH));
  }

  @Test
  void anAliasThatMakesANameTooLongIsRefused() {
    NamespaceAliases aliases = aliases("*=" + "x".repeat(200) + "/*");

    assertThat(aliases.resolve(Namespace.parse("y".repeat(300))).name()).hasSize(501);
    assertThatThrownBy(() -> aliases.resolve(Namespace.parse("y".repeat(320))))
        .isInstanceOf(ProxyError.class);
  }

  @ParameterizedTest
  @CsvSource({
    "a/*, b",
    "a, b/*",
    "*/*, x/*",
    "'', a",
    "a, ''",
    "a/**, b/**",
    "a//b, c",
    "a, /c",
    "a, blob/c",
    "sync, c",
    "a, ..",
    "a, .sync-x",
  })
  void anAliasThatCannotWorkIsRefusedWhenItIsRead(String from, String to) {
    assertThatThrownBy(() -> NamespaceAlias.parse(from, to)).isInstanceOf(PatternException.class);
  }

  @Test
  void twoAliasesForOneNameAreRefused() {
    assertThatThrownBy(() -> aliases("a=b,a=c")).hasMessageContaining("same left side");
  }
}
