package dev.memoryproxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.config.Secret;
import dev.memoryproxy.config.ServiceConfig.Auth;
import dev.memoryproxy.config.ServiceConfig.NoAuth;
import dev.memoryproxy.config.ServiceConfig.TokenAuth;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private static List<String> warnings(Auth auth) {
    Vertx vertx = Vertx.vertx();
    try (CapturedLog log = new CapturedLog()) {
      Authentication.create(vertx, auth, TimeSource.SYSTEM).close().await();
      return log.lines().stream().filter(line -> line.startsWith("WARN ")).toList();
    } finally {
      vertx.close().await();
    }
  }

  @Test
  void serviceThatAsksNobodySaysSo() {
    assertThat(warnings(new NoAuth())).singleElement().asString().contains("every request");
    assertThat(warnings(new TokenAuth(List.of(Secret.of("a")), Optional.empty()))).isEmpty();
  }
}
