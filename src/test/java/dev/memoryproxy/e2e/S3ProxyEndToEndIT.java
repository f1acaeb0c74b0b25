package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.S3Proxy;
import java.util.Map;

class S3ProxyEndToEndIT extends EndToEndContract {
  @Override
  Map<String, String> freshStorage() {
    return S3Storage.fresh(S3Proxy.shared());
  }

  @Override
  boolean keysMayNest() {
    return false;
  }
}
