package dev.memoryproxy.s3server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.localstack.LocalStackContainer;

/** LocalStack in a container, shared by all tests of a JVM, which removes it in the end. */
public final class LocalStack implements S3TestServer {
  private static final String IMAGE = "localstack/localstack:4.3.0";

  private static final class Shared {
    private static final LocalStack INSTANCE = new LocalStack();
  }

  private final Access access;

  @SuppressWarnings("resource") // Testcontainers removes it when the JVM ends.
  private LocalStack() {
    LocalStackContainer container = new LocalStackContainer(IMAGE).withServices("s3");
    container.start();
    access =
        new Access(
            container.getEndpoint(),
            "memory",
            container.getAccessKey(),
            container.getSecretKey(),
            true,
            true);
    BucketMaker.create(access);
  }

  /** The server, started on first use; without Docker the test is skipped. */
  public static LocalStack shared() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "LocalStack needs Docker, which does not answer here: skipped");
    return Shared.INSTANCE;
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public void close() {}
}
