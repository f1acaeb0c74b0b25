package dev.memoryproxy.s3server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.localstack.LocalStackContainer;

/** LocalStack in a container, shared by all tests of a JVM, which removes it in the end. */
public final class LocalStack implements S3TestServer {
  private static final String IMAGE = "localstack/localstack:4.3.0";

  private static final class Shared {
    private static final LocalStack INSTANCE = new LocalStack();
  }

  private final LocalStackContainer container;

  @SuppressWarnings("resource") // Testcontainers removes it when the JVM ends.
  private LocalStack() {
    container = new LocalStackContainer(IMAGE).withServices("s3");
    container.start();
    BucketMaker.create(endpoint(), accessKey(), secretKey(), bucket());
  }

  /** The server, started on first use; without Docker the test is skipped. */
  public static LocalStack shared() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "LocalStack needs Docker, which does not answer here: skipped");
    return Shared.INSTANCE;
  }

  @Override
  public URI endpoint() {
    return container.getEndpoint();
  }

  @Override
  public String bucket() {
    return "memory";
  }

  @Override
  public String accessKey() {
    return container.getAccessKey();
  }

  @Override
  public String secretKey() {
    return container.getSecretKey();
  }

  @Override
  public boolean atomicPutIfAbsent() {
    return true;
  }

  @Override
  public boolean atomicIfMatch() {
    return true;
  }

  @Override
  public void close() {}
}
