package dev.memoryproxy.http;

import dev.memoryproxy.blob.NamespacePattern;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How the HTTP edge behaves.
 *
 * @param port 0 lets the system choose one, shared by all instances of one deployment
 * @param maxBlobBytes the largest file that is taken in
 * @param spoolDirectory where bodies over {@link BodyReceiver#MEMORY_BYTES} wait; created if absent
 * @param histories where gzip bodies are known by what they unpack to
 */
public record HttpSettings(
    String host,
    int port,
    long maxBlobBytes,
    Path spoolDirectory,
    Timeouts timeouts,
    Limits limits,
    CompressedHistories histories) {

  /** A gzip body may unpack to this many times the largest file. */
  private static final int UNPACKED_FACTOR = 10;

  /** Settings with the usual timeouts and limits. */
  public static HttpSettings of(String host, int port, long maxBlobBytes, Path spoolDirectory) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        Timeouts.USUAL,
        Limits.USUAL,
        new CompressedHistories(List.of(), 0));
  }

  /**
   * How long things may take.
   *
   * @param idle how long a connection may wait for its next request, and an answer for its reader
   * @param silence how long a connection may be silent at all: longer than any request takes, which
   *     may have to wait for others before it is answered
   * @param header how long a new connection may take to send its first request's headers
   * @param body how long a body may make no progress
   * @param closeGrace how long a connection stays open for its last answer to be read when the
   *     request was not read to its end
   * @param shutdownGrace how long running requests may go on when the verticle stops
   */
  public record Timeouts(
      Duration idle,
      Duration silence,
      Duration header,
      Duration body,
      Duration closeGrace,
      Duration shutdownGrace) {
    static final Timeouts USUAL =
        new Timeouts(
            Duration.ofSeconds(75),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(20));
  }

  /**
   * How large things may be.
   *
   * @param requestLineBytes longer request lines are answered 414
   * @param headerBytes larger header sections are answered 431
   * @param streams requests that one HTTP/2 connection may have under way
   */
  public record Limits(int requestLineBytes, int headerBytes, int streams) {
    static final Limits USUAL = new Limits(16 * 1024, 32 * 1024, 100);
  }

  private HttpSettings with(Timeouts changed) {
    return new HttpSettings(host, port, maxBlobBytes, spoolDirectory, changed, limits, histories);
  }

  /** The same, with namespaces where gzip bodies are known by what they unpack to. */
  public HttpSettings withCompressedHistories(List<NamespacePattern> namespaces) {
    return new HttpSettings(
        host,
        port,
        maxBlobBytes,
        spoolDirectory,
        timeouts,
        limits,
        new CompressedHistories(namespaces, UNPACKED_FACTOR * maxBlobBytes));
  }

  /** The same with another idle timeout. */
  public HttpSettings withIdleTimeout(Duration idle) {
    return with(
        new Timeouts(
            idle,
            timeouts.silence,
            timeouts.header,
            timeouts.body,
            timeouts.closeGrace,
            timeouts.shutdownGrace));
  }

  /** The same with another body timeout. */
  public HttpSettings withBodyTimeout(Duration body) {
    return with(
        new Timeouts(
            timeouts.idle,
            timeouts.silence,
            timeouts.header,
            body,
            timeouts.closeGrace,
            timeouts.shutdownGrace));
  }

  /** The same with another header timeout. */
  public HttpSettings withHeaderTimeout(Duration header) {
    return with(
        new Timeouts(
            timeouts.idle,
            timeouts.silence,
            header,
            timeouts.body,
            timeouts.closeGrace,
            timeouts.shutdownGrace));
  }

  /** The same with another shutdown grace. */
  public HttpSettings withShutdownGrace(Duration grace) {
    return with(
        new Timeouts(
            timeouts.idle,
            timeouts.silence,
            timeouts.header,
            timeouts.body,
            timeouts.closeGrace,
            grace));
  }

  /** The same with another close grace. */
  public HttpSettings withCloseGrace(Duration grace) {
    return with(
        new Timeouts(
            timeouts.idle,
            timeouts.silence,
            timeouts.header,
            timeouts.body,
            grace,
            timeouts.shutdownGrace));
  }
}
