package dev.memoryproxy.s3server;

import java.net.URI;

/** Some S3 server that a test may use: where it is, who is let in, and what it can be held to. */
public interface S3TestServer extends AutoCloseable {
  /** Where it answers, in path style. */
  URI endpoint();

  /** A bucket that exists. */
  String bucket();

  String accessKey();

  String secretKey();

  /** Whether one of several concurrent put-if-absents wins, and only one. */
  boolean atomicPutIfAbsent();

  /** Whether one of several concurrent writes on one ETag wins, and only one. */
  boolean atomicIfMatch();

  /** Ends it; a server that is shared in this JVM stays until the JVM ends. */
  @Override
  void close();
}
