package dev.memoryproxy.http;

import dev.memoryproxy.auth.Access.Permission;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespaceAliases;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.Ownership;
import io.vertx.core.http.HttpMethod;
import java.util.Set;

/**
 * Lets a request in to a namespace: puts the namespace that is meant in the place of an alias, then
 * holds it against what the caller may do. Comes after authentication and before the method, the
 * path and the headers are judged, and before anything is read, so that a caller without access
 * hears the same whether the namespace exists or not.
 */
final class Door {
  private static final Set<HttpMethod> WRITES = Set.of(HttpMethod.PUT, HttpMethod.DELETE);

  private final NamespaceAliases aliases;

  Door(NamespaceAliases aliases) {
    this.aliases = aliases;
  }

  /**
   * Admits a request.
   *
   * @return the target with the namespace that is meant
   * @throws ProxyError {@code FORBIDDEN}; {@code INVALID_PATH} when an alias leads to a name that
   *     no namespace can have
   */
  Target admit(Exchange exchange, Target asked) {
    return switch (asked.resource()) {
      case HEALTH -> asked;
      case NAMESPACES -> {
        exchange.access().requireReadable();
        yield asked;
      }
      case BLOB, INDEX -> {
        Namespace meant = aliases.resolve(asked.namespace());
        exchange.access().require(needed(exchange.request().method()), meant);
        yield asked.in(meant);
      }
    };
  }

  /** The error as the caller may hear it: it names no namespace that the caller may not see. */
  static ProxyError discreet(Exchange exchange, ProxyError error) {
    String owner = error.context().get(Ownership.OWNER);
    boolean known =
        owner == null || Namespace.claimed(owner).filter(exchange.access()::mayRead).isPresent();
    return known ? error : Ownership.conflict(error.context().getOrDefault("path", ""));
  }

  private static Permission needed(HttpMethod method) {
    return WRITES.contains(method) ? Permission.WRITE : Permission.READ;
  }
}
