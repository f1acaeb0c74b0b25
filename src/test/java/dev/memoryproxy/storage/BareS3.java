package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3TestServer;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.ResponsePublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * The SDK as the service sets it up, without the service: what a benchmark holds the service
 * against.
 */
public final class BareS3 implements AutoCloseable {
  private final S3Connection connection;
  private final S3Settings settings;
  private final String bucket;

  /** Connects to nothing yet. */
  public BareS3(S3TestServer s3) {
    this.bucket = s3.bucket();
    this.settings = settings(s3);
    this.connection = S3Connection.open(settings);
  }

  /** The settings that the service uses for such a server. */
  public static S3Settings settings(S3TestServer s3) {
    return S3Settings.withDefaults(
        s3.endpoint(), "us-east-1", s3.bucket(), s3.accessKey(), s3.secretKey());
  }

  /** One unconditional PUT. */
  public CompletableFuture<PutObjectResponse> put(String key, byte[] content) {
    return connection
        .client()
        .putObject(
            request ->
                request
                    .bucket(bucket)
                    .key(key)
                    .contentType("text/markdown")
                    .contentLength((long) content.length)
                    .overrideConfiguration(
                        override ->
                            override.apiCallAttemptTimeout(
                                settings.attemptTimeout(content.length))),
            AsyncRequestBody.fromBytesUnsafe(content));
  }

  /** One GET; answers the length of what was read to its end, and kept nowhere. */
  public CompletableFuture<Long> get(String key) {
    return connection
        .client()
        .getObject(
            request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toPublisher())
        .thenCompose(BareS3::count);
  }

  private static CompletableFuture<Long> count(ResponsePublisher<GetObjectResponse> body) {
    CompletableFuture<Long> counted = new CompletableFuture<>();
    body.subscribe(new Counter(counted));
    return counted;
  }

  @Override
  public void close() {
    connection.close();
  }

  private static final class Counter implements Subscriber<ByteBuffer> {
    private final CompletableFuture<Long> counted;
    private long bytes;

    Counter(CompletableFuture<Long> counted) {
      this.counted = counted;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer piece) {
      bytes += piece.remaining();
    }

    @Override
    public void onError(Throwable failure) {
      counted.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      counted.complete(bytes);
    }
  }
}
