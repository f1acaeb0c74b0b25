package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Which handler serves which method of which resource. */
final class RouteTable {
  /** Serves one route; a failed future or an exception is answered by {@link ErrorResponder}. */
  interface Endpoint {
    Future<Void> serve(Exchange exchange, Target target);
  }

  private final Map<Target.Resource, Map<HttpMethod, Endpoint>> endpoints =
      new EnumMap<>(Target.Resource.class);
  private final Door door;

  RouteTable(Door door) {
    this.door = door;
  }

  RouteTable on(Target.Resource resource, HttpMethod method, Endpoint endpoint) {
    endpoints.computeIfAbsent(resource, any -> new LinkedHashMap<>()).put(method, endpoint);
    return this;
  }

  /** Finds and calls the endpoint. */
  Future<Void> serve(Exchange exchange) {
    Target target =
        door.admit(exchange, Target.parse(exchange.rawPath()).orElseThrow(RouteTable::unknown));
    Map<HttpMethod, Endpoint> methods = endpoints.getOrDefault(target.resource(), Map.of());
    Endpoint endpoint = methods.get(exchange.request().method());
    if (endpoint == null) {
      throw notAllowed(methods);
    }
    exchange.checkTransfer();
    if (target.resource() == Target.Resource.BLOB && exchange.request().query() != null) {
      // Most likely a name with a question mark in it; its first half may be another file.
      throw new ProxyError(
          ProxyError.Kind.INVALID_PATH,
          "Files take no query: write %3F for a '?' in the path, or drop what follows it.");
    }
    return endpoint
        .serve(exchange, target)
        .recover(
            cause ->
                Future.failedFuture(
                    cause instanceof ProxyError error
                        ? target.dialect().put(Door.discreet(exchange, error))
                        : cause));
  }

  static ProxyError unknown() {
    return new ProxyError(
        ProxyError.Kind.NOT_FOUND,
        "There is no such route. There are /health, /namespaces, /blob/{path} and /sync, and in a"
            + " namespace /{namespace}/blob/{path} and /sync/{namespace}.");
  }

  private static ProxyError notAllowed(Map<HttpMethod, Endpoint> methods) {
    String allowed = String.join(", ", methods.keySet().stream().map(HttpMethod::name).toList());
    return new ProxyError(
        ProxyError.Kind.METHOD_NOT_ALLOWED,
        "This route takes " + allowed + ".",
        Map.of(ErrorResponder.ALLOWED, allowed));
  }
}
