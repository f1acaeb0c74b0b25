package dev.memoryproxy.s3server;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Steers a server that runs as a process of its own, over HTTP with JSON, under {@code /_admin/}
 * (no bucket can be named so):
 *
 * <ul>
 *   <li>{@code GET counts}, {@code DELETE counts}: {@link RequestCounts#toJson()}, and from nothing
 *   <li>{@code POST faults} with {@code operations}, {@code keys}, {@code skip}, {@code times} and
 *       one of {@code answer} (a status, and {@code code}), {@code delay} (ms), {@code drop}
 *       (before, after), {@code park} (before, after), {@code trickle} (bytes, and {@code
 *       everyMillis}), {@code truncate} (bytes): {@code {"id": n}}
 *   <li>{@code GET faults/n}: its {@code hits} and {@code parked}; {@code POST faults/n} opens its
 *       gate; {@code DELETE faults} ends all
 *   <li>{@code PUT modes} with any of {@code writes}, {@code deletes}, {@code etags}, {@code
 *       listingForbidden}, {@code clockOffsetMillis}, {@code latencyMillis} (for {@code
 *       operations}, or all)
 *   <li>{@code POST stop} with {@code millis}: refuses connections for so long
 * </ul>
 */
final class AdminRoutes {
  static final String ROOT = "/_admin/";

  private final StrictS3Server server;
  private final List<Fault> faults = new ArrayList<>();

  AdminRoutes(StrictS3Server server) {
    this.server = server;
  }

  void handle(HttpServerRequest request, Buffer body) {
    try {
      String route = request.method().name() + " " + request.path().substring(ROOT.length());
      JsonObject answer = run(route, body.length() == 0 ? new JsonObject() : body.toJsonObject());
      answer(request, 200, answer);
    } catch (RuntimeException e) {
      answer(request, 400, new JsonObject().put("error", String.valueOf(e.getMessage())));
    }
  }

  private static void answer(HttpServerRequest request, int status, JsonObject body) {
    request.response().setStatusCode(status).putHeader("Content-Type", "application/json");
    ReplyWriter.drop(request.response().end(body.toBuffer()));
  }

  private synchronized JsonObject run(String route, JsonObject in) {
    switch (route) {
      case "GET counts" -> {
        return server.counts().toJson();
      }
      case "DELETE counts" -> server.counts().reset();
      case "POST faults" -> {
        faults.add(server.inject(fault(in)));
        return new JsonObject().put("id", faults.size() - 1);
      }
      case "DELETE faults" -> server.clearFaults();
      case "PUT modes" -> modes(in);
      case "POST stop" -> server.stopFor(in.getLong("millis"));
      default -> {
        return faultRoute(route);
      }
    }
    return new JsonObject();
  }

  private JsonObject faultRoute(String route) {
    int slash = route.indexOf("faults/");
    if (slash < 0) {
      throw new IllegalArgumentException("no such route: " + route);
    }
    Fault fault = faults.get(Integer.parseInt(route.substring(slash + "faults/".length())));
    if (route.startsWith("POST ")) {
      fault.release();
    }
    return new JsonObject().put("hits", fault.hits()).put("parked", fault.parked());
  }

  private void modes(JsonObject in) {
    S3Modes modes = server.modes();
    if (in.containsKey("writes")) {
      modes.writes(S3Modes.Conditions.valueOf(in.getString("writes")));
    }
    if (in.containsKey("deletes")) {
      modes.deletes(S3Modes.Conditions.valueOf(in.getString("deletes")));
    }
    if (in.containsKey("etags")) {
      modes.etags(S3Modes.Etags.valueOf(in.getString("etags")));
    }
    if (in.containsKey("listingForbidden")) {
      modes.listingForbidden(in.getBoolean("listingForbidden"));
    }
    if (in.containsKey("clockOffsetMillis")) {
      modes.clockOffsetMillis(in.getLong("clockOffsetMillis"));
    }
    if (in.containsKey("latencyMillis")) {
      server.latency(in.getLong("latencyMillis"), operations(in));
    }
  }

  private static Fault fault(JsonObject in) {
    Fault.Selector selector =
        Fault.on(operations(in))
            .keys(in.getString("keys", ""))
            .skip(in.getInteger("skip", 0))
            .times(in.getInteger("times", Integer.MAX_VALUE));
    if (in.containsKey("answer")) {
      return selector.answer(in.getInteger("answer"), in.getString("code", ""));
    }
    if (in.containsKey("delay")) {
      return selector.delay(in.getLong("delay"));
    }
    if (in.containsKey("drop")) {
      return selector.drop(point(in.getString("drop")));
    }
    if (in.containsKey("park")) {
      return selector.park(point(in.getString("park")));
    }
    if (in.containsKey("trickle")) {
      return selector.trickle(in.getInteger("trickle"), in.getLong("everyMillis"));
    }
    if (in.containsKey("truncate")) {
      return selector.truncate(in.getInteger("truncate"));
    }
    throw new IllegalArgumentException("a fault needs something that goes wrong");
  }

  private static Fault.Point point(String name) {
    return Fault.Point.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static S3Operation[] operations(JsonObject in) {
    return in.getJsonArray("operations", new JsonArray()).stream()
        .map(name -> S3Operation.valueOf((String) name))
        .toArray(S3Operation[]::new);
  }
}
