package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.MultiMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTokenTest {
  private static MultiMap headers(String... values) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    for (String value : values) {
      headers.add("authorization", value);
    }
    return headers;
  }

  private static ProxyError refused(MultiMap headers) {
    ProxyError error = catchThrowableOfType(ProxyError.class, () -> BearerToken.of(headers));
    assertThat(error).describedAs("a header that must be refused").isNotNull();
    assertThat(error.kind()).isEqualTo(ProxyError.Kind.UNAUTHENTICATED);
    assertThat(error.detail()).contains(": send ").doesNotContain("s3cret");
    return error;
  }

  @ParameterizedTest
  @CsvSource({
    "Bearer abc, abc",
    "bearer abc, abc",
    "BEARER abc, abc",
    "bEaReR abc, abc",
    "Bearer   abc, abc",
    "Bearer a-b.c_d~e+f/g==, a-b.c_d~e+f/g==",
    "Bearer 0, 0",
  })
  void aBearerTokenIsTaken(String header, String token) {
    assertThat(BearerToken.of(headers(header)).reveal()).isEqualTo(token);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "s3cret",
        "Basic s3cret",
        "Bearers3cret",
        "Bearer:s3cret",
        "Bearer\ts3cret",
        "Bearer s3cret extra",
        "Bearer s3cret, Bearer other",
        "Bearer s3cret,other",
        "Bearer \"s3cret\"",
        "Bearer token=\"s3cret\"",
        "Bearer s3cret=more",
        "Bearer =",
        "Bearer s3crét",
        "Bearer s3cret\u0000",
        "Bearer s3cret\n",
        "Token s3cret",
        " Bearer s3cret",
      })
  void anythingElseIsRefusedSayingWhatToSend(String header) {
    assertThat(refused(headers(header)).detail()).contains("Authorization: Bearer <token>");
  }

  @Test
  void noHeaderIsRefusedSayingWhatToSend() {
    assertThat(refused(headers()).detail()).contains("Authorization: Bearer <token>");
  }

  @Test
  void twoHeadersAreRefusedEvenWhenEqual() {
    assertThat(refused(headers("Bearer s3cret", "Bearer s3cret")).detail()).contains("several");
  }

  @Test
  void aTokenMayHave4096CharactersAndNoMore() {
    String longest = "s3cret".repeat(683).substring(0, 4096);

    assertThat(BearerToken.of(headers("Bearer " + longest)).reveal()).isEqualTo(longest);
    assertThat(refused(headers("Bearer " + longest + "x")).detail()).contains("4096");
  }
}
