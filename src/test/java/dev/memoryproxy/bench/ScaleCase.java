package dev.memoryproxy.bench;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.e2e.ProcessMemory;
import dev.memoryproxy.e2e.S3Storage;
import dev.memoryproxy.e2e.ServiceProcess;
import dev.memoryproxy.s3server.S3TestServer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One namespace with a number of files, under a prefix of its own, and a service for it. */
final class ScaleCase {
  private static final int CLIENTS = 64;
  private static final int WRITE_BYTES = 2048;
  private static final int UPDATED_FILES = 50;
  private static final List<String> JVM =
      List.of("-Xmx1g", "-XX:+UseSerialGC", "-Dmemoryproxy.blocked.millis=100");

  final int files;
  private final Path directory;
  private final S3TestServer s3;
  private final Map<String, String> settings;
  private final BenchClient client = new BenchClient();
  private final StringBuilder logs = new StringBuilder();
  private ServiceProcess service;
  private int writes;
  private int warmFrom;

  ScaleCase(int files, Path directory, S3TestServer s3) {
    this.files = files;
    this.directory = directory;
    this.s3 = s3;
    this.settings = S3Storage.fresh(s3);
    settings.put("LOG_LEVEL", "WARN");
    this.service = ServiceProcess.start(directory, settings, JVM);
  }

  private static String path(int i) {
    return String.format("notes/topic-%03d/file-%06d.md", i % 500, i);
  }

  private static byte[] small(int i) {
    return ("# Note " + i).getBytes(StandardCharsets.UTF_8);
  }

  /** Puts every file straight into the bucket, as another tool would, while nothing serves it. */
  void fill() {
    service.terminate();
    client.sendAll(
        files,
        CLIENTS,
        i ->
            object(path(i))
                .header("Content-Type", "text/markdown")
                .PUT(BodyPublishers.ofByteArray(small(i)))
                .build());
  }

  /**
   * Starts on files that no index lists; answers how long it takes until all of them are listed,
   * counted from the first request.
   */
  long adoptForeign() {
    service = ServiceProcess.start(directory, settings, JVM);
    String last =
        IntStream.range(0, files).mapToObj(ScaleCase::path).max(String::compareTo).orElseThrow();
    long start = System.nanoTime();
    while (listed(sync("?prefix=" + last)) == 0) {
      pause();
    }
    long nanos = System.nanoTime() - start;
    checkListed();
    return nanos;
  }

  /**
   * Starts with an index that the older service would have written beside the files, and no log;
   * answers how long the first {@code /sync} takes.
   */
  long adoptOlderIndex() {
    stop();
    for (int seq = 1;
        client.exists(log(seq).method("HEAD", BodyPublishers.noBody()).build());
        seq++) {
      client.send(log(seq).DELETE().build(), 204);
    }
    JsonObject entries = new JsonObject();
    String time = Instant.ofEpochMilli(System.currentTimeMillis()).toString();
    for (int i = 0; i < files; i++) {
      entries.put(
          path(i),
          new JsonObject()
              .put("md5", Md5.of(small(i)))
              .put("last_modified", time)
              .put("size", small(i).length)
              .put("is_deleted", false));
    }
    JsonObject index = new JsonObject().put("files", entries).put("index_last_modified", time);
    client.send(
        object(".sync-index.json").PUT(BodyPublishers.ofString(index.encode())).build(), 200);
    service = ServiceProcess.start(directory, settings, JVM);
    long start = System.nanoTime();
    sync("?prefix=none");
    long nanos = System.nanoTime() - start;
    checkListed();
    return nanos;
  }

  private HttpRequest.Builder log(int seq) {
    return object(String.format(".sync-log/%020d.json", seq));
  }

  private void checkListed() {
    int listed = listed(sync(""));
    if (listed != files) {
      throw new IllegalStateException(listed + " files are listed, not " + files);
    }
  }

  private static int listed(BenchClient.Timed answer) {
    return new JsonObject(Buffer.buffer(answer.response().body())).getJsonObject("files").size();
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpRequest.Builder object(String path) {
    return BenchClient.request(
        s3.endpoint().resolve("/" + s3.bucket() + "/" + settings.get("S3_PREFIX") + "/" + path),
        "AWS4-HMAC-SHA256 Credential=" + s3.accessKey() + "/20260101/us-east-1/s3/aws4_request");
  }

  private HttpRequest put(String path, String md5, byte[] content) {
    return request("/blob/" + path)
        .header("Content-MD5", md5)
        .header("Content-Type", "text/markdown")
        .PUT(BodyPublishers.ofByteArray(content))
        .build();
  }

  private HttpRequest.Builder request(String target) {
    return BenchClient.request(
        URI.create(service.base() + target), "Bearer " + ServiceProcess.TOKEN);
  }

  /** Updates one of the files with 2 KiB; answers nanoseconds. */
  long write() {
    int file = writes % UPDATED_FILES;
    String replaced = Md5.of(writes < UPDATED_FILES ? small(file) : large(writes - UPDATED_FILES));
    long nanos = client.send(put(path(file), replaced, large(writes)), 200).nanos();
    writes++;
    return nanos;
  }

  private static byte[] large(int write) {
    return String.format("%-" + WRITE_BYTES + "d", write).getBytes(StandardCharsets.UTF_8);
  }

  /** Asks for the index, or a part of it. */
  BenchClient.Timed sync(String query) {
    return client.send(request("/sync" + query).GET().build(), 200);
  }

  BenchClient.Timed syncGzip() {
    return client.send(request("/sync").header("Accept-Encoding", "gzip").GET().build(), 200);
  }

  BenchClient.Timed syncUnchanged(String etag) {
    return client.send(request("/sync").header("If-None-Match", etag).GET().build(), 304);
  }

  /** Stops in order and starts again; answers how long the first {@code /sync} then takes. */
  long reopen() {
    restart();
    return sync("").nanos();
  }

  /** After it nothing is in memory: the namespace is opened by the first request. */
  void restart() {
    stop();
    service = ServiceProcess.start(directory, settings, JVM);
  }

  private void stop() {
    service.terminate();
    logs.append(service.log());
  }

  /** Bytes of live objects on the heap after a full collection. */
  long heap() {
    return ProcessMemory.liveHeap(service.handle());
  }

  /** From now on the process counts as warm: its classes are loaded. */
  void warm() {
    warmFrom = service.log().length();
  }

  /** Warnings and errors of the log since the process is warm. */
  long warningsWhenWarm() {
    return service.log().substring(warmFrom).lines().filter(ScaleCase::warns).count();
  }

  /** How many came before. */
  String coldWarnings() {
    long all = (logs + service.log()).lines().filter(ScaleCase::warns).count();
    return Long.toString(all - warningsWhenWarm());
  }

  private static boolean warns(String line) {
    return line.contains("WARN") || line.contains("ERROR");
  }

  /** Warnings and errors of the log so far, such as that an event loop is blocked, and where. */
  String printedWarnings() {
    return (logs + service.log())
        .lines()
        .filter(line -> warns(line) || line.contains("\tat "))
        .limit(100_000)
        .collect(Collectors.joining("\n"));
  }

  void close() {
    service.close();
  }
}
