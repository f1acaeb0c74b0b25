package dev.memoryproxy.s3server;

import java.net.URI;

/** Some S3 server that a test may use: where it is, who is let in, and what it can be held to. */
public interface S3TestServer extends AutoCloseable {
  /**
   * What a test has to know of a server.
   *
   * @param endpoint where it answers, in path style
   * @param bucket exists
   * @param atomicPutIfAbsent whether one of several concurrent put-if-absents wins, and only one
   * @param atomicIfMatch whether one of several concurrent writes on one ETag wins, and only one
   */
  record Access(
      URI endpoint,
      String bucket,
      String accessKey,
      String secretKey,
      boolean atomicPutIfAbsent,
      boolean atomicIfMatch) {}

  /** The same all its life. */
  Access access();

  default URI endpoint() {
    return access().endpoint();
  }

  default String bucket() {
    return access().bucket();
  }

  default String accessKey() {
    return access().accessKey();
  }

  default String secretKey() {
    return access().secretKey();
  }

  default boolean atomicPutIfAbsent() {
    return access().atomicPutIfAbsent();
  }

  default boolean atomicIfMatch() {
    return access().atomicIfMatch();
  }

  /** Ends it; a server that is shared in this JVM stays until the JVM ends. */
  @Override
  void close();
}
