package dev.memoryproxy.http;

import dev.memoryproxy.Version;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** GET and HEAD of the published health document: 200 or 503, by the storage alone. */
final class HealthHandler {
  private final StorageHealth health;

  HealthHandler(StorageHealth health) {
    this.health = health;
  }

  Future<Void> get(Exchange exchange, Target target) {
    return health.check().compose(result -> send(exchange, result));
  }

  private static Future<Void> send(Exchange exchange, StorageHealth.Health health) {
    JsonObject document =
        new JsonObject()
            .put("status", health.connected() ? "ok" : "error")
            .put("storage", health.connected() ? "connected" : "disconnected")
            .put("version", Version.current());
    if (health.singleWriter()) {
      document.put("mode", "single-writer");
    }
    if (!health.connected()) {
      document.put("detail", health.detail());
    }
    exchange
        .response()
        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store");
    return exchange.send(health.connected() ? 200 : 503, document.toBuffer());
  }
}
