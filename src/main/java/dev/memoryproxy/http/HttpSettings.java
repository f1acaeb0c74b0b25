package dev.memoryproxy.http;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the HTTP edge behaves.
 *
 * @param port 0 lets the system choose one, shared by all instances of one deployment
 * @param maxBlobBytes the largest file that is taken in
 * @param spoolDirectory where bodies over {@link BodyReceiver#MEMORY_BYTES} wait; created if absent
 * @param idleTimeout how long a connection may be silent, between requests or within one
 * @param headerTimeout how long a new connection may take to send its first request's headers
 * @param bodyTimeout how long a body may make no progress
 * @param closeGrace how long a connection stays open for its last answer to be read when the
 *     request was not read to its end
 * @param shutdownGrace how long running requests may go on when the verticle stops
 * @param maxRequestLineBytes longer request lines are answered 414
 * @param maxHeaderBytes larger header sections are answered 431
 */
public record HttpSettings(
    String host,
    int port,
    long maxBlobBytes,
    Path spoolDirectory,
    Duration idleTimeout,
    Duration headerTimeout,
    Duration bodyTimeout,
    Duration closeGrace,
    Duration shutdownGrace,
    int maxRequestLineBytes,
    int maxHeaderBytes) {

  /** Settings with the usual limits. */
  public static HttpSettings of(String host, int port, long maxBlobBytes, Path spoolDirectory) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        Duration.ofSeconds(75),
        Duration.ofSeconds(30),
        Duration.ofSeconds(30),
        Duration.ofSeconds(1),
        Duration.ofSeconds(20),
        16 * 1024,
        32 * 1024);
  }

  /** The same with another body timeout. */
  public HttpSettings withBodyTimeout(Duration timeout) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        idleTimeout,
        headerTimeout,
        timeout,
        closeGrace,
        shutdownGrace,
        maxRequestLineBytes,
        maxHeaderBytes);
  }

  /** The same with another header timeout. */
  public HttpSettings withHeaderTimeout(Duration timeout) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        idleTimeout,
        timeout,
        bodyTimeout,
        closeGrace,
        shutdownGrace,
        maxRequestLineBytes,
        maxHeaderBytes);
  }

  /** The same with another close grace. */
  public HttpSettings withCloseGrace(Duration grace) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        idleTimeout,
        headerTimeout,
        bodyTimeout,
        grace,
        shutdownGrace,
        maxRequestLineBytes,
        maxHeaderBytes);
  }
}
