package dev.memoryproxy.bench;

import static java.util.Objects.requireNonNull;

import dev.memoryproxy.e2e.S3Storage;
import dev.memoryproxy.e2e.ServiceProcess;
import dev.memoryproxy.s3server.StrictS3Process;
import dev.memoryproxy.s3server.StrictS3Server;
import dev.memoryproxy.storage.BareS3;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What every row stands on: the S3 server, the bare SDK, and services on demand. */
final class Bed implements AutoCloseable {
  /** What the README recommends for a small machine. */
  static final List<String> JVM = List.of("-Xmx256m", "-XX:+UseSerialGC");

  static final String AUTHORIZED = "Authorization: Bearer " + ServiceProcess.TOKEN;

  final Path directory;
  final boolean quick;
  final StrictS3Process s3;
  final BareS3 bare;
  final Table table = new Table();

  Bed(Path directory, boolean quick) {
    this.directory = directory;
    this.quick = quick;
    this.s3 = StrictS3Process.start(StrictS3Server.Options.DEFAULT, "6g");
    this.bare = new BareS3(s3);
  }

  /**
   * A service with a namespace that nobody used before.
   *
   * @param prefix what its keys start with
   */
  record Service(ServiceProcess process, String prefix, Map<String, String> settings)
      implements AutoCloseable {
    HttpLoad load(int connections) {
      return new HttpLoad(process.base(), connections);
    }

    @Override
    public void close() {
      process.terminate();
    }
  }

  Service service() {
    return service(Map.of());
  }

  /** A service with more settings; it spools under the benchmark's directory. */
  Service service(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(S3Storage.fresh(s3));
    settings.putAll(more);
    return start(settings);
  }

  /** The same namespace in a new process. */
  Service again(Service before) {
    before.close();
    return start(before.settings());
  }

  private Service start(Map<String, String> settings) {
    List<String> jvm = new ArrayList<>(JVM);
    jvm.add("-Djava.io.tmpdir=" + directory);
    String profile = System.getProperty("bench.profile", "");
    if (!profile.isEmpty()) {
      jvm.add("-XX:StartFlightRecording=settings=profile,dumponexit=true,filename=" + profile);
    }
    ServiceProcess process = ServiceProcess.start(directory, settings, jvm);
    dieWithThis(process.handle());
    return new Service(process, requireNonNull(settings.get("S3_PREFIX")), settings);
  }

  /** Also when the benchmark is interrupted, nothing is left running. */
  static void dieWithThis(ProcessHandle process) {
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Lets every S3 request take so long from now on. */
  void latency(int millis) {
    s3.admin("PUT", "modes", new JsonObject().put("latencyMillis", millis));
  }

  /** How long one round takes; ours and what it is held against take turns. */
  Duration round() {
    return Duration.ofMillis(quick ? 1000 : 2000);
  }

  int rounds() {
    return quick ? 2 : 4;
  }

  @Override
  public void close() {
    bare.close();
    s3.close();
  }
}
