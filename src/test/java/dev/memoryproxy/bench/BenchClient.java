package dev.memoryproxy.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** Sends requests and measures them; an answer that is not the expected one ends the benchmark. */
final class BenchClient {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * An answer that was read whole.
   *
   * @param nanos from the send to the last byte
   */
  record Timed(HttpResponse<byte[]> response, long nanos) {}

  static HttpRequest.Builder request(URI uri, String token) {
    return HttpRequest.newBuilder(uri).timeout(LIMIT).header("Authorization", token);
  }

  /** Sends one request and waits for its answer, which must have this status. */
  Timed send(HttpRequest request, int status) {
    try {
      long start = System.nanoTime();
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      long nanos = System.nanoTime() - start;
      check(response, status);
      return new Timed(response, nanos);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends one request again, a second later each time, until its answer is not a 503. */
  Timed sendUntilReady(HttpRequest request, int status) {
    long start = System.nanoTime();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      while (response.statusCode() == 503) {
        Thread.sleep(1_000);
        response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      }
      check(response, status);
      return new Timed(response, System.nanoTime() - start);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Whether a HEAD request finds what it asks for. */
  boolean exists(HttpRequest head) {
    try {
      return http.send(head, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends many requests, so many at once; all must be answered with a 2xx. */
  void sendAll(int count, int atOnce, IntFunction<HttpRequest> requests) {
    Semaphore slots = new Semaphore(atOnce);
    AtomicInteger refused = new AtomicInteger();
    for (int i = 0; i < count; i++) {
      slots.acquireUninterruptibly();
      CompletableFuture<Void> sent =
          http.sendAsync(requests.apply(i), HttpResponse.BodyHandlers.ofByteArray())
              .handle(
                  (response, failure) -> {
                    if (failure != null || response.statusCode() / 100 != 2) {
                      refused.incrementAndGet();
                    }
                    slots.release();
                    return null;
                  });
      if (sent.isCompletedExceptionally()) {
        throw new IllegalStateException("a request could not be sent");
      }
    }
    slots.acquireUninterruptibly(atOnce);
    if (refused.get() > 0) {
      throw new IllegalStateException(refused.get() + " of " + count + " requests failed");
    }
  }

  private static void check(HttpResponse<byte[]> response, int status) {
    if (response.statusCode() != status) {
      throw new IllegalStateException(
          response.request().method()
              + " "
              + response.uri()
              + " answered "
              + response.statusCode()
              + ": "
              + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
    }
  }
}
