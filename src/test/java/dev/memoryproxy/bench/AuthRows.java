package dev.memoryproxy.bench;

import dev.memoryproxy.auth.FakeAuthServer;
import dev.memoryproxy.bench.HttpLoad.Outgoing;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What the auth service is asked for 1,000 requests. */
final class AuthRows {
  private static final int CLIENTS = 64;
  private static final int REQUESTS = 1000;

  private AuthRows() {}

  static void measure(Bed bed) {
    bed.latency(0);
    Vertx vertx = Vertx.vertx();
    try (FakeAuthServer auth =
        new FakeAuthServer(vertx)
            .answering(
                200,
                new JsonObject()
                    .put("valid", true)
                    .put("key_id", "k")
                    .put("name", "bench")
                    .put("metadata", new JsonObject())
                    .encode())) {
      for (int tokens : new int[] {1, 10}) {
        Map<String, String> settings =
            Map.of(
                "AUTH", "heare",
                "HEARE_AUTH_URL", auth.url().toString(),
                "HEARE_AUTH_APP_ID", "bench");
        try (Bed.Service service = bed.service(settings);
            HttpLoad load = service.load(CLIENTS)) {
          int before = auth.requests();
          AtomicInteger next = new AtomicInteger();
          Driver.times(
                  load.operation(
                      client ->
                          Outgoing.get(
                              "/sync",
                              "Authorization: Bearer token-" + next.getAndIncrement() % tokens)),
                  CLIENTS,
                  REQUESTS)
              .orThrow();
          int asked = auth.requests() - before;
          bed.table.row(
              "auth: requests to the auth service for 1,000 requests of 64 clients with "
                  + (tokens == 1 ? "one token" : tokens + " tokens"),
              Integer.toString(asked),
              "1,000",
              String.format(Locale.ROOT, "%.3f", asked / (double) REQUESTS),
              "");
        }
      }
    } finally {
      vertx.close().await();
    }
  }
}
