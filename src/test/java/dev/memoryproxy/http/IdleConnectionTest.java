package dev.memoryproxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdleConnectionTest {
  private static final Duration IDLE = Duration.ofMillis(200);

  @RegisterExtension
  final EdgeServer edge =
      new EdgeServer(1, settings -> settings.withIdleTimeout(IDLE).withHeaderTimeout(IDLE));

  /**
   * Large uploads wait for their turn at the store; their clients have nothing to send meanwhile.
   */
  @Test
  void requestThatTakesLongerThanTheIdleTimeoutIsAnswered() throws Exception {
    edge.storage.before =
        call ->
            call.equals("put")
                ? edge.vertx().timer(5 * IDLE.toMillis()).mapEmpty()
                : Future.succeededFuture();
    RawClient client = edge.connect();
    assertThat(client.send("PUT", "/blob/a", "one", "Content-MD5: new").status()).isEqualTo(201);
    assertThat(client.send("GET", "/blob/a", "").body()).isEqualTo("one");
  }

  @Test
  void connectionThatSendsNoFurtherRequestIsClosed() throws Exception {
    RawClient client = edge.connect();
    assertThat(client.send("GET", "/health", "").status()).isEqualTo(200);
    assertThat(client.socket().getInputStream().read()).isEqualTo(-1);
  }
}
