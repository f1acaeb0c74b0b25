package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/** A content that says when it lets go of the store, however that comes about. */
final class WatchedContent implements ObjectContent {
  private final ObjectContent content;
  private final Runnable over;

  /**
   * @param over called at least once, on any thread
   */
  WatchedContent(ObjectContent content, Runnable over) {
    this.content = content;
    this.over = over;
  }

  @Override
  public ObjectHead head() {
    return content.head();
  }

  @Override
  public long length() {
    return content.length();
  }

  @Override
  public ReadStream<Buffer> stream() {
    return new Watched(content.stream(), over);
  }

  @Override
  public Future<Buffer> bytes() {
    return content.bytes().onComplete(done -> over.run());
  }

  @Override
  public void discard() {
    content.discard();
    over.run();
  }

  private static final class Watched implements ReadStream<Buffer> {
    private final ReadStream<Buffer> stream;
    private final Runnable over;
    private @Nullable Handler<Void> endHandler;
    private @Nullable Handler<Throwable> exceptionHandler;

    Watched(ReadStream<Buffer> stream, Runnable over) {
      this.stream = stream;
      this.over = over;
      stream.endHandler(
          end -> {
            over.run();
            if (endHandler != null) {
              endHandler.handle(null);
            }
          });
      stream.exceptionHandler(
          failure -> {
            over.run();
            if (exceptionHandler != null) {
              exceptionHandler.handle(failure);
            }
          });
    }

    @Override
    public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
      stream.handler(handler);
      if (handler == null) {
        over.run();
      }
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
      endHandler = handler;
      return this;
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
      exceptionHandler = handler;
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      stream.pause();
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      stream.resume();
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      stream.fetch(amount);
      return this;
    }
  }
}
