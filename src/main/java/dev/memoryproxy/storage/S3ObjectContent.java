package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** An object as S3 sends it; its connection waits until somebody takes the bytes. */
final class S3ObjectContent implements ObjectContent {
  /** Below this, reading to the end is cheaper than a new connection. */
  private static final long DRAIN_BYTES = 64 << 10;

  private final Vertx vertx;
  private final ObjectHead head;
  private final long length;
  private final Opened opened;

  S3ObjectContent(Vertx vertx, ObjectHead head, long length, Opened opened) {
    this.vertx = vertx;
    this.head = head;
    this.length = length;
    this.opened = opened;
  }

  @Override
  public ObjectHead head() {
    return head;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public ReadStream<Buffer> stream() {
    PublisherReadStream stream =
        new PublisherReadStream(
            vertx.getOrCreateContext(),
            opened.body(),
            length,
            cause ->
                new StoreException(
                    StoreException.Kind.AMBIGUOUS,
                    "GET " + head.key() + ": the object's content broke off",
                    cause));
    opened.broken().onSuccess(stream::broken);
    return stream;
  }

  @Override
  public void discard() {
    opened.body().subscribe(new Discarding(length <= DRAIN_BYTES));
  }

  /**
   * The answer's head, and the body that is still to come.
   *
   * @param broken completes with the failure that ends the body early; the SDK does not tell the
   *     body's subscriber when a connection breaks
   */
  record Opened(
      GetObjectResponse response, SdkPublisher<ByteBuffer> body, Future<Throwable> broken) {}

  /** Completes as soon as the body may be read, so that the SDK's deadline ends there. */
  static final class Opening implements AsyncResponseTransformer<GetObjectResponse, Opened> {
    // Only one attempt is ever made, so one response and one future are enough.
    private final CompletableFuture<Opened> opened = new CompletableFuture<>();
    private final CompletableFuture<GetObjectResponse> response = new CompletableFuture<>();
    private final Promise<Throwable> broken = Promise.promise();

    @Override
    public CompletableFuture<Opened> prepare() {
      return opened;
    }

    @Override
    public void onResponse(GetObjectResponse answer) {
      response.complete(answer);
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> publisher) {
      if (!opened.complete(new Opened(response.join(), publisher, broken.future()))) {
        // The deadline was faster: nobody else will let go of the connection.
        publisher.subscribe(new Discarding(false));
      }
    }

    @Override
    public void exceptionOccurred(Throwable failure) {
      if (!opened.completeExceptionally(failure)) {
        broken.tryComplete(failure);
      }
    }
  }

  private static final class Discarding implements Subscriber<ByteBuffer> {
    private final boolean toTheEnd;

    Discarding(boolean toTheEnd) {
      this.toTheEnd = toTheEnd;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      if (toTheEnd) {
        subscription.request(Long.MAX_VALUE);
      } else {
        subscription.cancel();
      }
    }

    @Override
    public void onNext(ByteBuffer piece) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }
}
