package dev.memoryproxy.bench;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.e2e.S3Storage;
import dev.memoryproxy.e2e.ServiceProcess;
import dev.memoryproxy.s3server.S3TestServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One namespace with a number of files, under a prefix of its own, and a service for it. */
final class ScaleCase {
  private static final int CLIENTS = 64;
  private static final int WRITE_BYTES = 2048;
  private static final int UPDATED_FILES = 50;
  private static final Pattern LIVE_BYTES = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");
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

  /** Writes every file through the service. */
  void putAll() {
    client.sendAll(files, CLIENTS, i -> put(path(i), "new", small(i)));
  }

  /**
   * Puts the objects straight into the bucket with the index that the older service would have
   * written beside them, which the service then adopts.
   */
  void adoptAll() {
    service.terminate();
    JsonObject entries = new JsonObject();
    long now = System.currentTimeMillis();
    String time = java.time.Instant.ofEpochMilli(now / 1000 * 1000).toString();
    client.sendAll(
        files,
        CLIENTS,
        i -> {
          String md5 = Md5.of(small(i));
          entries.put(
              path(i),
              new JsonObject()
                  .put("md5", md5)
                  .put("last_modified", time)
                  .put("size", small(i).length)
                  .put("is_deleted", false));
          return object(path(i))
              .header("Content-Type", "text/markdown")
              .header("x-amz-meta-content-md5", md5)
              .header("x-amz-meta-is-deleted", "false")
              .PUT(BodyPublishers.ofByteArray(small(i)))
              .build();
        });
    JsonObject index = new JsonObject().put("files", entries).put("index_last_modified", time);
    client.send(
        object(".sync-index.json").PUT(BodyPublishers.ofString(index.encode())).build(), 200);
    service = ServiceProcess.start(directory, settings, JVM);
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
    service.terminate();
    logs.append(service.log());
    service = ServiceProcess.start(directory, settings, JVM);
  }

  /** Bytes of live objects on the heap after a full collection. */
  long heap() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    try {
      Process process =
          new ProcessBuilder(jcmd, Long.toString(service.handle().pid()), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher total = LIVE_BYTES.matcher(printed);
      if (!total.find()) {
        throw new IllegalStateException("no total in: " + printed);
      }
      return Long.parseLong(total.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on the process counts as warm: its classes are loaded. */
  void warm() {
    warmFrom = service.log().length();
  }

  /** What {@link #warnings} holds since the process is warm. */
  long warningsWhenWarm() {
    return service.log().substring(warmFrom).lines().filter(ScaleCase::warns).count();
  }

  /** How many came before. */
  String coldWarnings() {
    return Long.toString(warnings().size() - warningsWhenWarm());
  }

  private static boolean warns(String line) {
    return line.contains("WARN") || line.contains("ERROR");
  }

  /** Lines of the log so far that are warnings or errors, such as that an event loop is blocked. */
  List<String> warnings() {
    List<String> lines = new ArrayList<>();
    (logs + service.log()).lines().filter(ScaleCase::warns).forEach(lines::add);
    return lines;
  }

  void close() {
    service.close();
  }
}
