package dev.memoryproxy.auth;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes in a response's body up to a number of bytes. Beyond it, or once abandoned, it stops
 * reading, so that the connection's idle timeout ends even a response without end.
 */
final class BoundedBody implements BodyCodec<Buffer>, BodyStream<Buffer> {
  private final int limit;
  private final Buffer bytes = Buffer.buffer();
  private final Promise<Buffer> whole = Promise.promise();
  private volatile boolean abandoned;

  BoundedBody(int limit) {
    this.limit = limit;
  }

  /** Reads no further. */
  void abandon() {
    abandoned = true;
  }

  @Override
  public BodyStream<Buffer> stream() {
    return this;
  }

  /** The whole body; fails as soon as it is too long, or with the connection. */
  @Override
  public Future<Buffer> result() {
    return whole.future();
  }

  @Override
  public Future<Void> write(Buffer chunk) {
    if (bytes.length() + chunk.length() > limit) {
      abandon();
      whole.tryFail(new IllegalStateException("more than " + limit + " bytes"));
    } else if (!abandoned) {
      bytes.appendBuffer(chunk);
    }
    return Future.succeededFuture();
  }

  @Override
  public boolean writeQueueFull() {
    return abandoned;
  }

  @Override
  public Future<Void> end() {
    whole.tryComplete(bytes);
    return Future.succeededFuture();
  }

  @Override
  public void handle(Throwable cause) {
    whole.tryFail(cause);
  }

  @Override
  public BoundedBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public BoundedBody setWriteQueueMaxSize(int maxSize) {
    return this;
  }

  @Override
  public BoundedBody drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
