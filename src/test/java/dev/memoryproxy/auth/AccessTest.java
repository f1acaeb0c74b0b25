package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.memoryproxy.auth.Access.Permission;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespaceGrant;
import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private final CapturedLog log = new CapturedLog();
  private final KeyMetadata metadata = new KeyMetadata();

  @AfterEach
  void stop() {
    log.close();
  }

  private static Namespace namespace(String name) {
    return name.isEmpty() ? Namespace.DEFAULT : Namespace.parse(name);
  }

  private static Access granted(String... patterns) {
    return Access.of(NamespaceGrant.parseAll(List.of(patterns)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "personas/alice/** | personas/alice/memory | WRITE",
        "personas/alice/** | personas/bob/memory | NONE",
        "shared/**:ro | shared/x | READ",
        "shared/**:ro;shared/alice | shared/alice | WRITE",
        "shared/alice;shared/**:ro | shared/alice | WRITE",
        "shared/**;shared/x:ro | shared/x | WRITE",
        "**:ro | '' | READ",
        "** | '' | WRITE",
        "'*;*/**' | '' | NONE",
      })
  void theWidestPermissionThatMatchesCounts(String patterns, String name, Permission expected) {
    assertThat(granted(patterns.split(";")).to(namespace(name))).isEqualTo(expected);
  }

  @Test
  void theEmptyPatternNamesTheUnnamedNamespaceAlone() {
    assertThat(granted("").to(Namespace.DEFAULT)).isEqualTo(Permission.WRITE);
    assertThat(granted(":ro").to(Namespace.DEFAULT)).isEqualTo(Permission.READ);
    assertThat(granted("").to(namespace("a"))).isEqualTo(Permission.NONE);
  }

  @Test
  void whatIsMissingIsNamed() {
    Access access = granted("shared/**:ro");

    access.require(Permission.READ, namespace("shared/x"));
    assertThatThrownBy(() -> access.require(Permission.WRITE, namespace("shared/x")))
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.FORBIDDEN);
              assertThat(error.detail()).contains("only read", "write on shared/x");
              assertThat(error.context())
                  .containsEntry("missing_permission", "write on shared/x")
                  .containsEntry("namespace", "shared/x");
            });
    assertThatThrownBy(() -> access.require(Permission.READ, namespace("personas/x")))
        .hasMessageContaining("no access")
        .hasMessageContaining("read on personas/x");
    assertThatThrownBy(() -> access.require(Permission.READ, Namespace.DEFAULT))
        .hasMessageContaining("read on the unnamed namespace");
  }

  @Test
  void whoListsNamespacesSeesWhatMayBeRead() {
    Access access = granted("a/**", "b:ro");

    assertThat(List.of("a", "a/x", "b", "b/x", "c"))
        .filteredOn(name -> access.mayRead(namespace(name)))
        .containsExactly("a", "a/x", "b");
    access.requireReadable();
  }

  private Access of(String json) {
    return metadata.access("key-7", new JsonObject("{\"m\":" + json + "}").getValue("m"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "{}", "{\"team\":\"x\"}", "{\"deep\":{\"namespaces\":[]}}"})
  void aKeyWhoseMetadataDoNotSpeakOfNamespacesOpensEverything(String json) {
    assertThat(of(json)).isEqualTo(Access.EVERYTHING);
    assertThat(log.lines()).noneMatch(line -> line.contains("malformed"));
  }

  @Test
  void aKeyOpensWhatItsMetadataListAndNothingWithAnEmptyList() {
    assertThat(of("{\"namespaces\":[\"a/**\",\"b:ro\"]}")).isEqualTo(granted("a/**", "b:ro"));
    assertThat(of("{\"namespaces\":[]}")).isEqualTo(Access.NOTHING);
    Access.NOTHING.requireReadable();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7",
        "[]",
        "\"**\"",
        "{\"namespaces\":null}",
        "{\"namespaces\":\"**\"}",
        "{\"namespaces\":{}}",
        "{\"namespaces\":true}",
        "{\"namespaces\":[null]}",
        "{\"namespaces\":[\"**\",7]}",
        "{\"namespaces\":[[\"**\"]]}",
        "{\"namespaces\":[\"**\",\"a//b\"]}",
        "{\"namespaces\":[\"**\",\"**:rw\"]}",
      })
  void malformedMetadataOpenNothingAndSayWhoMustMendThem(String json) {
    Access access = of(json);

    assertThat(access.mayRead(namespace("a"))).isFalse();
    assertThat(access.mayRead(Namespace.DEFAULT)).isFalse();
    assertThatThrownBy(access::requireReadable)
        .isInstanceOfSatisfying(
            ProxyError.class,
            error -> {
              assertThat(error.kind()).isEqualTo(ProxyError.Kind.FORBIDDEN);
              assertThat(error.detail()).contains("malformed", "manages keys in the auth service");
            });
    assertThatThrownBy(() -> access.require(Permission.READ, namespace("a")))
        .hasMessageContaining("malformed");
  }

  @Test
  void eachNewProblemOfAKeyIsLoggedOnce() {
    for (int i = 0; i < 3; i++) {
      of("{\"namespaces\":7}");
    }
    assertThat(malformedLines()).singleElement().asString().startsWith("ERROR").contains("key-7");

    of("{\"namespaces\":[\"/\"]}");
    assertThat(malformedLines()).hasSize(2);
    of("{}");
    of("{\"namespaces\":[\"/\"]}");
    assertThat(malformedLines()).hasSize(3);
  }

  private List<String> malformedLines() {
    return log.lines().stream().filter(line -> line.contains("malformed")).toList();
  }
}
