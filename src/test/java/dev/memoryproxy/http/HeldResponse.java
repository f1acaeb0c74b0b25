package dev.memoryproxy.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** A response whose writes end when the test says so, and whose own queue is never full. */
final class HeldResponse {
  final Buffer sent = Buffer.buffer();
  final Deque<Promise<Void>> writes = new ArrayDeque<>();
  @Nullable Handler<Void> closed;
  int ends;

  HttpServerResponse response() {
    return (HttpServerResponse)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {HttpServerResponse.class},
            (proxy, method, arguments) -> call(proxy, method.getName(), arguments));
  }

  private Object call(Object proxy, String method, Object @Nullable [] arguments) {
    return switch (method) {
      case "closed", "ended", "writeQueueFull" -> false;
      case "closeHandler" -> {
        @SuppressWarnings("unchecked") // The interface says so.
        Handler<Void> handler = (Handler<Void>) first(arguments);
        closed = handler;
        yield proxy;
      }
      case "write" -> {
        sent.appendBuffer((Buffer) first(arguments));
        Promise<Void> written = Promise.promise();
        writes.add(written);
        yield written.future();
      }
      case "end" -> {
        if (arguments != null) {
          sent.appendBuffer((Buffer) first(arguments));
        }
        ends++;
        yield Future.succeededFuture();
      }
      default -> throw new UnsupportedOperationException(method);
    };
  }

  private static Object first(Object @Nullable [] arguments) {
    if (arguments == null) {
      throw new IllegalArgumentException("called without arguments");
    }
    return arguments[0];
  }
}
