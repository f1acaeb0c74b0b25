package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.S3Mock;
import dev.memoryproxy.s3server.S3TestServer;

/** The contract on S3Mock. */
class S3MockContractIT extends S3ServerContract {
  @Override
  S3TestServer server() {
    return S3Mock.shared();
  }

  @Override
  boolean atomicOverwrite() {
    return false;
  }

  @Override
  boolean listsByUtf8Bytes() {
    return false;
  }

  @Override
  boolean keepsContentTypes() {
    return false;
  }
}
