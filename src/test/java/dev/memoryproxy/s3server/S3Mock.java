package dev.memoryproxy.s3server;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Adobe S3Mock: the right status codes, but its conditional writes are not atomic. One process is
 * shared by all tests of a JVM. It insists on a second port, which it binds to every interface and
 * nobody here uses.
 */
public final class S3Mock implements S3TestServer {
  private static final Pattern STARTED =
      Pattern.compile("Tomcat started on ports (\\d+) \\(http\\)");

  private static final class Shared {
    private static final S3Mock INSTANCE = new S3Mock();
  }

  private static final String BUCKET = "memory";

  private final Access access;

  private S3Mock() {
    Path jar = ServerJars.find("s3mock.jar");
    ServerProcess process =
        ServerProcess.start(
            ServerJars.scratch("s3mock"),
            STARTED,
            List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "--server.address=127.0.0.1",
                "--server.port=0",
                "--server.ssl.enabled=false",
                "--http.port=0",
                "--com.adobe.testing.s3mock.store.initial-buckets=" + BUCKET,
                "--com.adobe.testing.s3mock.max-payload-size=200MB"));
    access =
        new Access(
            URI.create("http://127.0.0.1:" + process.announced()),
            BUCKET,
            "any-key",
            "any-secret",
            false,
            false);
  }

  /** The server, started on first use. */
  public static S3Mock shared() {
    ServerJars.find("s3mock.jar");
    return Shared.INSTANCE;
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public void close() {}
}
