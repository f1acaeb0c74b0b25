package dev.memoryproxy.s3server;

import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** Exact counts by operation: requests when they arrive, bytes of bodies without framing. */
public final class RequestCounts {
  private final Map<S3Operation, AtomicLong> requests = zeros();
  private final Map<S3Operation, AtomicLong> bytesIn = zeros();
  private final Map<S3Operation, AtomicLong> bytesOut = zeros();

  /** Requests of one operation. */
  public long of(S3Operation operation) {
    return count(requests, operation).get();
  }

  /** Requests of all operations. */
  public long total() {
    return requests.values().stream().mapToLong(AtomicLong::get).sum();
  }

  /** Bytes of the bodies that one operation sent to the server. */
  public long bytesIn(S3Operation operation) {
    return count(bytesIn, operation).get();
  }

  /** Bytes of the bodies that the server wrote out for one operation. */
  public long bytesOut(S3Operation operation) {
    return count(bytesOut, operation).get();
  }

  /** Starts again from nothing. */
  public void reset() {
    requests.values().forEach(count -> count.set(0));
    bytesIn.values().forEach(count -> count.set(0));
    bytesOut.values().forEach(count -> count.set(0));
  }

  /** Operations by name, each with {@code requests}, {@code bytesIn} and {@code bytesOut}. */
  public JsonObject toJson() {
    JsonObject json = new JsonObject();
    for (S3Operation operation : S3Operation.values()) {
      json.put(
          operation.name(),
          new JsonObject()
              .put("requests", of(operation))
              .put("bytesIn", bytesIn(operation))
              .put("bytesOut", bytesOut(operation)));
    }
    return json;
  }

  void arrived(S3Call call) {
    count(requests, call.operation()).incrementAndGet();
    count(bytesIn, call.operation()).addAndGet(call.body().length());
  }

  void wrote(S3Operation operation, long bytes) {
    count(bytesOut, operation).addAndGet(bytes);
  }

  private static AtomicLong count(Map<S3Operation, AtomicLong> counts, S3Operation operation) {
    return Objects.requireNonNull(counts.get(operation));
  }

  private static Map<S3Operation, AtomicLong> zeros() {
    Map<S3Operation, AtomicLong> zeros = new EnumMap<>(S3Operation.class);
    for (S3Operation operation : S3Operation.values()) {
      zeros.put(operation, new AtomicLong());
    }
    return zeros;
  }
}
