package dev.memoryproxy.http;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BufferSenderTest {
  private final Buffer sent = Buffer.buffer();
  private @Nullable Handler<Void> drain;
  private int ends;

  /** A response whose queue is full after each write until the test drains it. */
  private HttpServerResponse response(boolean[] full) {
    return (HttpServerResponse)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {HttpServerResponse.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "closed" -> false;
                  case "writeQueueFull" -> full[0];
                  case "exceptionHandler" -> proxy;
                  case "drainHandler" -> {
                    @SuppressWarnings("unchecked") // The interface says so.
                    Handler<Void> handler = (Handler<Void>) arguments[0];
                    drain = handler;
                    yield proxy;
                  }
                  case "write", "end" -> {
                    full[0] = true;
                    sent.appendBuffer((Buffer) arguments[0]);
                    ends += method.getName().equals("end") ? 1 : 0;
                    yield Future.succeededFuture();
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  @Test
  void waitsForTheQueueAndIsDeafToItOnceEverythingIsWritten() {
    Buffer body = Buffer.buffer("0123456789abcdef".repeat(20_000));
    boolean[] full = new boolean[1];
    Future<Void> done = BufferSender.send(response(full), body);
    int writes = 1;
    while (!done.isComplete()) {
      assertThat(sent.length()).isEqualTo(64 * 1024 * writes++);
      full[0] = false;
      requireNonNull(drain).handle(null);
    }
    if (drain != null) {
      drain.handle(null);
    }
    assertThat(ends).isEqualTo(1);
    assertThat(sent).isEqualTo(body);
  }
}
