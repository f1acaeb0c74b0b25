package dev.memoryproxy.s3server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * S3Proxy over its in-memory backend: put-if-absent is atomic, {@code If-Match} is not, and
 * signatures are verified. One process is shared by all tests of a JVM.
 */
public final class S3Proxy implements S3TestServer {
  private static final Pattern STARTED =
      Pattern.compile("Started .*ServerConnector.*\\{127\\.0\\.0\\.1:(\\d+)\\}");

  private static final class Shared {
    private static final S3Proxy INSTANCE = new S3Proxy();
  }

  private static final String KEY = "proxy-key";
  private static final String SECRET = "proxy-secret";

  private final Access access;

  private S3Proxy() {
    Path jar = ServerJars.find("s3proxy.jar");
    Path scratch = ServerJars.scratch("s3proxy");
    Path settings = scratch.resolve("s3proxy.conf");
    try {
      Files.writeString(
          settings,
          String.join(
              "\n",
              "s3proxy.endpoint=http://127.0.0.1:0",
              "s3proxy.authorization=aws-v2-or-v4",
              "s3proxy.identity=" + KEY,
              "s3proxy.credential=" + SECRET,
              "s3proxy.v4-max-non-chunked-request-size=209715200",
              "jclouds.provider=transient-nio2",
              ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ServerProcess process =
        ServerProcess.start(
            scratch,
            STARTED,
            List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "--properties",
                settings.toString()));
    access =
        new Access(
            URI.create("http://127.0.0.1:" + process.announced()),
            "memory",
            KEY,
            SECRET,
            true,
            false);
    BucketMaker.create(access);
  }

  /** The server, started on first use. */
  public static S3Proxy shared() {
    ServerJars.find("s3proxy.jar");
    return Shared.INSTANCE;
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public void close() {}
}
