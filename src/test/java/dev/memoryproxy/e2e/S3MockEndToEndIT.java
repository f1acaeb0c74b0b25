package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.S3Mock;
import java.util.Map;

class S3MockEndToEndIT extends EndToEndContract {
  @Override
  Map<String, String> freshStorage() {
    return S3Storage.fresh(S3Mock.shared());
  }

  @Override
  boolean keepsContentTypes() {
    return false;
  }
}
