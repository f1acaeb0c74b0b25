package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class BufferSenderTest {
  private static final Buffer BODY = Buffer.buffer("0123456789abcdef".repeat(60_000));

  private final HeldResponse client = new HeldResponse();

  @Test
  void whatTheClientHasNotTakenIsBoundedInBytesHoweverLargeTheBody() {
    Future<Void> done = BufferSender.send(client.response(), BODY);
    int taken = 0;
    while (!client.writes.isEmpty()) {
      assertThat(client.sent.length() - taken).isLessThanOrEqualTo(BufferSender.MOST_UNDER_WAY);
      taken += BufferSender.SLICE;
      client.writes.remove().complete();
    }
    assertThat(done.succeeded()).isTrue();
    assertThat(client.ends).isEqualTo(1);
    assertThat(client.sent).isEqualTo(BODY);
  }

  @Test
  void whatIsSmallIsSentAtOnce() {
    Buffer small = BODY.slice(0, BufferSender.SLICE);
    assertThat(BufferSender.send(client.response(), small).succeeded()).isTrue();
    assertThat(client.writes).isEmpty();
    assertThat(client.sent).isEqualTo(small);
  }

  @Test
  void nothingMoreIsSentToAClientThatLeft() {
    Future<Void> done = BufferSender.send(client.response(), BODY);
    int sent = client.sent.length();
    client.writes.remove().fail(new IOException("reset"));
    while (!client.writes.isEmpty()) {
      client.writes.remove().complete();
    }
    assertThat(done.failed()).isTrue();
    assertThat(done.cause()).isInstanceOf(ClientGoneException.class);
    assertThat(client.sent.length()).isEqualTo(sent);
    assertThat(client.ends).isZero();
  }
}
