package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.StrictS3Server;
import java.util.Map;

/** The settings for a service on the strict S3 server. */
final class S3Storage {
  private S3Storage() {}

  static Map<String, String> of(StrictS3Server s3) {
    return Map.of(
        "STORAGE",
        "s3",
        "S3_ENDPOINT_URL",
        s3.endpoint().toString(),
        "S3_BUCKET",
        s3.bucket(),
        "AWS_REGION",
        "us-east-1",
        "AWS_ACCESS_KEY_ID",
        s3.accessKey(),
        "AWS_SECRET_ACCESS_KEY",
        "the-secret-of-the-test-key");
  }
}
