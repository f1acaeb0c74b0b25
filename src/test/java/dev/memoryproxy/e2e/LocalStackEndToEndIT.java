package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.LocalStack;
import java.util.Map;

class LocalStackEndToEndIT extends EndToEndContract {
  @Override
  Map<String, String> freshStorage() {
    return S3Storage.fresh(LocalStack.shared());
  }
}
