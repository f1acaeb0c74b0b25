package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.Announcement;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the edge tells the storage of a write before its body is read. */
class NamespacedWriteTest {
  /** More than would be read of a refused request. */
  private static final String BODY = "one".repeat(30_000);

  private static final String MD5 = Md5.of(BODY.getBytes(StandardCharsets.UTF_8));

  @RegisterExtension final EdgeServer edge = new EdgeServer();

  @Test
  void lengthAndDigestAreAnnouncedSoThatARepetitionIsNotRefusedUnread() throws IOException {
    edge.send("PUT", "/ns/blob/a.md", BODY, "If-Match-Version: 0", "Content-MD5: " + MD5);
    edge.send("PUT", "/ns/blob/b.md", BODY, "If-Match-Version: 0");
    edge.send(
        "PUT",
        "/ns/blob/c.md",
        "3\r\none\r\n0\r\n\r\n",
        "If-Match-Version: 0",
        "Transfer-Encoding: chunked");
    assertThat(edge.storage.announcements)
        .containsExactly(
            new Announcement(true, Optional.of(MD5), OptionalLong.of(BODY.length())),
            new Announcement(true, Optional.empty(), OptionalLong.of(BODY.length())),
            new Announcement(true, Optional.empty(), OptionalLong.empty()));
    assertThat(edge.storage.puts).allMatch(put -> put.repeatable());
  }

  @Test
  void repetitionsOfThePlainDialectAreNotAcknowledged() throws IOException {
    edge.send("PUT", "/blob/a.md", BODY, "If-Match-Version: 0", "Content-MD5: " + MD5);
    assertThat(edge.storage.announcements).hasSize(1).noneMatch(Announcement::repeatable);
    assertThat(edge.storage.puts).hasSize(1).noneMatch(put -> put.repeatable());
  }

  @Test
  void refusalBeforeTheBodyAsksForNone() throws IOException {
    edge.storage.before =
        call ->
            call.equals("admit")
                ? Future.failedFuture(
                    new ProxyError(ProxyError.Kind.PRECONDITION_FAILED, "Somebody was faster."))
                : Future.succeededFuture();
    RawClient client = edge.connect();
    client.write(
        "PUT /ns/blob/a.md HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
            + EdgeServer.TOKEN
            + "\r\nIf-Match-Version: 0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    assertThat(client.read(false).status()).isEqualTo(412);
    assertThat(edge.storage.puts).isEmpty();
  }
}
