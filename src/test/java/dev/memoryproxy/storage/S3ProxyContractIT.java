package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3Proxy;
import dev.memoryproxy.s3server.S3TestServer;

/** The contract on S3Proxy. */
class S3ProxyContractIT extends S3ServerContract {
  @Override
  S3TestServer server() {
    return S3Proxy.shared();
  }

  @Override
  boolean atomicOverwrite() {
    return false;
  }

  @Override
  boolean keysMayNest() {
    return false;
  }

  @Override
  boolean listsByUtf8Bytes() {
    return false;
  }
}
