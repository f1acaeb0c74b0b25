package dev.memoryproxy.storage;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to reach a bucket.
 *
 * @param endpoint an S3-compatible service, spoken to in path style; null for AWS itself
 * @param region such as {@code us-east-1}; most S3-compatible services take any
 * @param maxConnections requests that may be under way at once; more wait for {@code
 *     acquireTimeout}
 * @param connectTimeout for one TCP connection
 * @param acquireTimeout how long a request waits for a free connection before it fails as {@link
 *     StoreException.Kind#BUSY}; shorter than {@code attemptTimeout}, which it is part of
 * @param attemptTimeout for one request until its answer begins, for a body of up to 1 MiB; larger
 *     uploads get a second more for each further MiB
 * @param callTimeout for all attempts at the same request together
 * @param readTimeout how long an answer may stand still, be it that the store sends nothing or that
 *     the reader takes nothing
 */
public record S3Settings(
    @Nullable URI endpoint,
    String region,
    String bucket,
    String accessKeyId,
    String secretAccessKey,
    int maxConnections,
    Duration connectTimeout,
    Duration acquireTimeout,
    Duration attemptTimeout,
    Duration callTimeout,
    Duration readTimeout) {

  /**
   * With 128 connections, 2 s to connect, 5 s for a free connection, 10 s an attempt, 30 s a call,
   * 30 s idle.
   */
  public static S3Settings withDefaults(
      @Nullable URI endpoint,
      String region,
      String bucket,
      String accessKeyId,
      String secretAccessKey) {
    return new S3Settings(
        endpoint,
        region,
        bucket,
        accessKeyId,
        secretAccessKey,
        128,
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30));
  }

  /** The same with other bounds. */
  public S3Settings within(int connections, Duration connect, Duration attempt, Duration call) {
    // Waiting for a connection is part of an attempt.
    Duration acquire =
        attempt.compareTo(acquireTimeout) > 0 ? acquireTimeout : attempt.dividedBy(2);
    return new S3Settings(
        endpoint,
        region,
        bucket,
        accessKeyId,
        secretAccessKey,
        connections,
        connect,
        acquire,
        attempt,
        call,
        readTimeout);
  }

  /** How long a request with a body of this size may take until its answer begins. */
  Duration attemptTimeout(long bodyBytes) {
    return attemptTimeout.plusSeconds(bodyBytes >> 20);
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "S3Settings[endpoint="
        + endpoint
        + ", region="
        + region
        + ", bucket="
        + bucket
        + ", maxConnections="
        + maxConnections
        + "]";
  }
}
