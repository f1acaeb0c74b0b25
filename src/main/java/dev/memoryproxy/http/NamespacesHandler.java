package dev.memoryproxy.http;

import dev.memoryproxy.index.IndexService;
import io.vertx.core.Future;

/** GET and HEAD of the list of namespaces. */
final class NamespacesHandler {
  private final IndexService index;

  NamespacesHandler(IndexService index) {
    this.index = index;
  }

  Future<Void> get(Exchange exchange, Target target) {
    SyncQueries.refuseAny(exchange.request());
    return index
        .namespaces(exchange.access()::mayRead, SyncHandler.accepted(exchange))
        .compose(document -> SyncHandler.send(exchange, document));
  }
}
