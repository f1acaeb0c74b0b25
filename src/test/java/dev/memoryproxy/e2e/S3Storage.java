package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.S3TestServer;
import dev.memoryproxy.s3server.StrictS3Server;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The settings for a service on an S3 server. */
public final class S3Storage {
  private S3Storage() {}

  static Map<String, String> of(StrictS3Server s3) {
    return settings(s3.endpoint(), s3.bucket(), s3.accessKey(), "the-secret-of-the-test-key");
  }

  /** With a prefix of its own, so that tests can share a server. */
  public static Map<String, String> fresh(S3TestServer s3) {
    Map<String, String> settings =
        new HashMap<>(settings(s3.endpoint(), s3.bucket(), s3.accessKey(), s3.secretKey()));
    settings.put("S3_PREFIX", "test-" + UUID.randomUUID());
    return settings;
  }

  private static Map<String, String> settings(
      URI endpoint, String bucket, String accessKey, String secretKey) {
    return Map.of(
        "STORAGE",
        "s3",
        "S3_ENDPOINT_URL",
        endpoint.toString(),
        "S3_BUCKET",
        bucket,
        "AWS_REGION",
        "us-east-1",
        "AWS_ACCESS_KEY_ID",
        accessKey,
        "AWS_SECRET_ACCESS_KEY",
        secretKey);
  }
}
