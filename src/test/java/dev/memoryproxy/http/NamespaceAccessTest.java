package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.auth.Access;
import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespaceAlias;
import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.NamespaceGrant;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamespaceAccessTest {
  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(
          NamespaceAliases.of(
              List.of(
                  NamespaceAlias.parse("*/memory", "personas/*/memory"),
                  NamespaceAlias.parse("p-*", "*"))));

  private void grant(String... patterns) {
    edge.access = Access.of(NamespaceGrant.parseAll(List.of(patterns)));
  }

  private static BlobAddress in(String namespace, String path) {
    return new BlobAddress(Namespace.parse(namespace), BlobPath.parse(path));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /personas%2Fbob/blob/a",
    "HEAD, /personas/bob/blob/a",
    "PUT, /personas/bob/blob/a",
    "DELETE, /personas/bob/blob/a",
    "GET, /sync/personas/bob",
    "GET, /sync/personas%2Fbob",
    // neither method nor path nor query is judged before
    "POST, /personas/bob/blob/a",
    "PUT, /sync/personas/bob",
    "PUT, /personas/bob/blob/..",
    "GET, /personas/bob/blob/.sync-index.json",
    "GET, /personas/bob/blob/a?x",
    "GET, /sync/personas/bob?since=x",
    // the plain dialect's namespace has no name
    "GET, /blob/a",
    "PUT, /blob/a",
    "GET, /sync",
  })
  void aNamespaceThatMayNotBeSeenIsForbiddenBeforeAnythingIsRead(String method, String target)
      throws IOException {
    grant("personas/alice/**", "shared/**:ro");

    RawResponse response = edge.send(method, target, "", "Content-MD5: new");

    assertThat(response.status()).isEqualTo(403);
    assertThat(edge.storage.calls).isEmpty();
    assertThat(edge.index.asked).isEmpty();
    if (!method.equals("HEAD")) {
      assertThat(response.errorCode()).isEqualTo("FORBIDDEN");
      assertThat(response.json().getString("detail")).contains("no access");
    }
  }

  @Test
  void theAnswerDoesNotTellWhetherANamespaceExists() throws IOException {
    edge.storage.files.put(
        in("there", "a"), new FakeStorage.Stored(Buffer.buffer("x"), "0", "text/plain", 1, 0));
    grant("mine");

    String there = edge.send("GET", "/there/blob/a", "").json().encode();
    String nowhere = edge.send("GET", "/other/blob/a", "").json().encode();

    assertThat(there.replace("there", "other")).isEqualTo(nowhere);
  }

  @ParameterizedTest
  @CsvSource({"PUT, Content-MD5: new", "PUT, X-None: 1", "DELETE, X-None: 1"})
  void whereATokenMayOnlyReadAWriteNamesThePermissionThatIsMissing(String method, String header)
      throws IOException {
    grant("shared/**:ro");

    RawResponse response = edge.send(method, "/shared%2Fx/blob/a", "body", header);

    assertThat(response.status()).isEqualTo(403);
    assertThat(response.errorCode()).isEqualTo("FORBIDDEN");
    assertThat(response.json().getString("detail")).contains("only read", "write on shared/x");
    assertThat(response.json().getJsonObject("context").getString("missing_permission"))
        .isEqualTo("write on shared/x");
    assertThat(edge.storage.calls).isEmpty();
  }

  @Test
  void aRefusedBodyIsNotInvited() throws IOException {
    grant("shared/**:ro");
    RawClient client = edge.connect();

    client.write(
        RawClient.request(
            "PUT", "/shared/x/blob/a", "", "Content-Length: 100000", "Expect: 100-continue"));

    assertThat(client.read(false).status()).isEqualTo(403);
  }

  @Test
  void whatIsGrantedIsServed() throws IOException {
    grant("personas/alice/**", "shared/**:ro", ":ro");

    assertThat(edge.send("PUT", "/personas/alice/blob/a", "x", "If-Match-Version: 0").status())
        .isEqualTo(201);
    assertThat(edge.send("GET", "/personas/alice/blob/a", "").body()).isEqualTo("x");
    assertThat(edge.send("GET", "/shared/x/blob/a", "").status()).isEqualTo(404);
    assertThat(edge.send("GET", "/sync/shared/unknown", "").status()).isEqualTo(200);
    assertThat(edge.send("GET", "/sync", "").status()).isEqualTo(200);
    assertThat(edge.send("DELETE", "/blob/a", "").status()).isEqualTo(403);
    assertThat(edge.send("POST", "/shared/x/blob/a", "").status()).isEqualTo(405);
    assertThat(edge.send("GET", "/health", "", "Authorization: ").status()).isEqualTo(200);
    assertThat(edge.send("GET", "/nowhere", "").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/personas/alice/blob/a", "/sync/personas/alice"})
  void withoutAGoodTokenItIsUnauthenticatedAndNotForbidden(String target) throws IOException {
    grant("mine");

    assertThat(edge.send("GET", target, "", "Authorization: Bearer bad").status()).isEqualTo(401);
  }

  @Test
  void anAliasAndTheNameItStandsForMeet() throws IOException {
    assertThat(edge.send("PUT", "/p1%2Fmemory/blob/a", "x", "If-Match-Version: 0").status())
        .isEqualTo(201);

    assertThat(edge.send("GET", "/personas%2Fp1%2Fmemory/blob/a", "").body()).isEqualTo("x");
    assertThat(edge.send("GET", "/p1/memory/blob/a", "").body()).isEqualTo("x");
    assertThat(edge.storage.files).containsOnlyKeys(in("personas/p1/memory", "a"));
    edge.send("GET", "/sync/p1%2Fmemory", "");
    assertThat(edge.index.asked).containsExactly(Namespace.parse("personas/p1/memory"));
  }

  @Test
  void accessIsHeldAgainstTheNamespaceThatIsMeant() throws IOException {
    grant("personas/p1/**");
    assertThat(edge.send("GET", "/sync/p1/memory", "").status()).isEqualTo(200);

    grant("p1/**");
    RawResponse refused = edge.send("GET", "/sync/p1/memory", "");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().getJsonObject("context").getString("namespace"))
        .isEqualTo("personas/p1/memory");
  }

  @Test
  void anAliasThatLeadsToNoNameIsABadRequest() throws IOException {
    RawResponse response = edge.send("GET", "/sync/p-blob", "");

    assertThat(response.status()).isEqualTo(400);
    assertThat(response.errorCode()).isEqualTo("INVALID_PATH");
  }

  @Test
  void aPlainPathTakesNoAlias() throws IOException {
    assertThat(edge.send("PUT", "/blob/p1/memory", "x", "Content-MD5: new").status())
        .isEqualTo(201);

    assertThat(edge.storage.content("p1/memory")).hasSize(1);
  }
}
