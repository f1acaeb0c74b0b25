package dev.memoryproxy.storage;

import dev.memoryproxy.s3server.LocalStack;
import dev.memoryproxy.s3server.S3TestServer;

/** The contract on LocalStack. */
class LocalStackContractIT extends S3ServerContract {
  @Override
  S3TestServer server() {
    return LocalStack.shared();
  }
}
