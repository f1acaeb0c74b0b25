package dev.memoryproxy.storage;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.defaultsmode.DefaultsMode;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;

/**
 * The SDK's client with the threads it runs on. Everything is given: no profile file is read and no
 * credentials are searched for, which can take seconds off a machine outside AWS.
 */
final class S3Connection {
  private static final int THREADS = 2;

  private final SdkEventLoopGroup eventLoops;
  private final ScheduledThreadPoolExecutor timer;
  private final SdkAsyncHttpClient http;
  private final S3AsyncClient client;

  private S3Connection(S3Settings settings) {
    // The SDK knows no Netty 4.2 event loops, so it cannot share those of Vert.x. A group of ours
    // rather than the SDK's own, because that one takes two seconds to close.
    eventLoops =
        SdkEventLoopGroup.builder()
            .numberOfThreads(THREADS)
            .threadFactory(threads("s3-client"))
            .build();
    timer = new ScheduledThreadPoolExecutor(1, threads("s3-timer"));
    timer.setRemoveOnCancelPolicy(true);
    http =
        NettyNioAsyncHttpClient.builder()
            .eventLoopGroup(eventLoops)
            .maxConcurrency(settings.maxConnections())
            .maxPendingConnectionAcquires(Integer.MAX_VALUE)
            .connectionTimeout(settings.connectTimeout())
            .connectionAcquisitionTimeout(settings.acquireTimeout())
            .readTimeout(settings.readTimeout())
            .writeTimeout(settings.readTimeout())
            .tcpKeepAlive(true)
            .build();
    client = client(settings);
  }

  /** Connects to nothing yet. */
  static S3Connection open(S3Settings settings) {
    return new S3Connection(settings);
  }

  S3AsyncClient client() {
    return client;
  }

  /**
   * Whether the SDK sends requests by way of a proxy, as the JVM's or the system's settings say.
   */
  static boolean isProxied() {
    return ProxyConfiguration.builder().build().host() != null;
  }

  /** Closes, failing what is under way; blocks for a moment. */
  void close() {
    client.close();
    http.close();
    timer.shutdownNow();
    eventLoops
        .eventLoopGroup()
        // A moment of quiet, for the connections that the lines above close.
        .shutdownGracefully(50, 2_000, TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(3, TimeUnit.SECONDS);
  }

  private S3AsyncClient client(S3Settings settings) {
    S3AsyncClientBuilder builder =
        S3AsyncClient.builder()
            .httpClient(http)
            .region(Region.of(settings.region()))
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(settings.accessKeyId(), settings.secretAccessKey())))
            .defaultsMode(DefaultsMode.STANDARD)
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, this::later))
            // A 100-continue costs a round trip on every large upload to save a body now and then.
            .serviceConfiguration(S3Configuration.builder().expectContinueEnabled(false).build())
            .overrideConfiguration(
                override ->
                    override
                        .retryStrategy(AwsRetryStrategy.doNotRetry())
                        .apiCallAttemptTimeout(settings.attemptTimeout())
                        .scheduledExecutorService(timer)
                        .addExecutionInterceptor(new SignedRequests())
                        .defaultProfileFileSupplier(S3Connection::noProfile));
    if (settings.endpoint() != null) {
      // The checksums that the SDK adds by default break many compatible services. On AWS they
      // stay: S3 verifies what it received before it stores it.
      builder
          .endpointOverride(settings.endpoint())
          .forcePathStyle(true)
          .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
          .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    }
    return builder.build();
  }

  /**
   * Completes a result in the next turn of the event loop that has it. Results hop to a Vert.x
   * context anyway, so a thread pool in between buys nothing. But not in the same turn: the SDK
   * would take an error answer for a cancellation and close the connection, sometimes under the
   * next request.
   */
  private void later(Runnable completion) {
    for (EventExecutor loop : eventLoops.eventLoopGroup()) {
      if (loop.inEventLoop() && !loop.isShuttingDown()) {
        loop.execute(completion);
        return;
      }
    }
    completion.run();
  }

  private static ProfileFile noProfile() {
    return ProfileFile.aggregator().build();
  }

  private static ThreadFactory threads(String name) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.getAndIncrement());
      thread.setDaemon(true);
      return thread;
    };
  }
}
