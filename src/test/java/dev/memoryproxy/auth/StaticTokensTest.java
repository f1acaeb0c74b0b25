package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.config.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticTokensTest {
  private final StaticTokens tokens =
      new StaticTokens(List.of(Secret.of("alice-token"), Secret.of("bob-token")), List.of());

  private Verdict verdict(String token) {
    return tokens.verify(Secret.of(token)).result();
  }

  @Test
  void everyTokenOfTheListIsAcceptedUnderItsPlace() {
    assertThat(verdict("alice-token"))
        .isEqualTo(new Verdict.Accepted(new Principal("token-1", "token 1", Access.EVERYTHING)));
    assertThat(verdict("bob-token"))
        .isEqualTo(new Verdict.Accepted(new Principal("token-2", "token 2", Access.EVERYTHING)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "alice-toke", "alice-token2", "ALICE-TOKEN", "alice-token,bob-token"})
  void anyOtherTokenIsRefused(String token) {
    assertThat(verdict(token)).isEqualTo(new Verdict.Refused());
  }

  @Test
  void anEmptyListRefusesAll() {
    assertThat(new StaticTokens(List.of(), List.of()).verify(Secret.of("x")).result())
        .isEqualTo(new Verdict.Refused());
  }
}
