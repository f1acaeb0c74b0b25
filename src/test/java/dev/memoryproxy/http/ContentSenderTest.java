package dev.memoryproxy.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.storage.BlobContent;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.ObjectHead;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContentSenderTest {
  private static final int PIECES = 50;

  private final Source source = new Source();
  private final HeldResponse client = new HeldResponse();

  private Future<Void> send() {
    return ContentSender.send(
        client.response(), new BlobContent.Streamed(new Content(source)), Source.SIZE);
  }

  @Test
  void whatTheClientHasNotTakenIsBoundedInBytesHoweverLargeThePieces() {
    Future<Void> done = send();
    for (int piece = 1; piece <= PIECES; piece++) {
      assertThat(source.given).isEqualTo(piece);
      client.writes.remove().complete();
    }
    assertThat(done.succeeded()).isTrue();
    assertThat(client.ends).isEqualTo(1);
  }

  @Test
  void whatIsStillWrittenAfterTheClientLeftWakesNobody() {
    Future<Void> done = send();
    requireNonNull(client.closed).handle(null);
    assertThat(done.failed()).isTrue();
    assertThat(source.handler).isNull();
    client.writes.remove().complete();
    assertThat(source.given).isEqualTo(1);
  }

  private record Content(ReadStream<Buffer> stream) implements ObjectContent {
    @Override
    public ObjectHead head() {
      throw new UnsupportedOperationException();
    }

    @Override
    public long length() {
      return Source.SIZE;
    }

    @Override
    public void discard() {
      throw new UnsupportedOperationException();
    }
  }

  /** Gives large pieces as long as it may, within the call that lets it. */
  private static final class Source implements ReadStream<Buffer> {
    static final int PIECE = 64 * 1024;
    static final int SIZE = PIECES * PIECE;

    int given;
    @Nullable Handler<Buffer> handler;
    private @Nullable Handler<Void> endHandler;
    private boolean paused;
    private boolean giving;
    private boolean ended;

    private void give() {
      if (giving) {
        return;
      }
      giving = true;
      while (!paused && handler != null && given < PIECES) {
        given++;
        handler.handle(Buffer.buffer(new byte[PIECE]));
      }
      giving = false;
      if (!paused && handler != null && !ended) {
        ended = true;
        requireNonNull(endHandler).handle(null);
      }
    }

    @Override
    public Source handler(@Nullable Handler<Buffer> handler) {
      this.handler = handler;
      give();
      return this;
    }

    @Override
    public Source endHandler(@Nullable Handler<Void> handler) {
      endHandler = handler;
      return this;
    }

    @Override
    public Source exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Source pause() {
      paused = true;
      return this;
    }

    @Override
    public Source resume() {
      return fetch(Long.MAX_VALUE);
    }

    @Override
    public Source fetch(long amount) {
      paused = false;
      give();
      return this;
    }
  }
}
