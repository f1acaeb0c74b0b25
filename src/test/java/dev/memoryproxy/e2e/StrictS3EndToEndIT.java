package dev.memoryproxy.e2e;

import dev.memoryproxy.s3server.StrictS3Server;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

class StrictS3EndToEndIT extends EndToEndContract {
  private final StrictS3Server s3 = StrictS3Server.start();

  @Override
  Map<String, String> freshStorage() {
    return S3Storage.of(s3);
  }

  @AfterEach
  void stopS3() {
    s3.close();
  }
}
