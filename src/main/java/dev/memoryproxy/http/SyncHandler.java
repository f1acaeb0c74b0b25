package dev.memoryproxy.http;

import dev.memoryproxy.index.ContentCoding;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.SyncDocument;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

/**
 * GET and HEAD of the sync index. The document is encoded once for each index version; compressed
 * and plain bytes differ, so each has a strong ETag of its own.
 */
final class SyncHandler {
  private final IndexService index;

  SyncHandler(IndexService index) {
    this.index = index;
  }

  Future<Void> get(Exchange exchange, Target target) {
    return index
        .document(target.namespace(), SyncQueries.parse(exchange.request()), accepted(exchange))
        .compose(document -> send(exchange, document));
  }

  /** The codings that the client takes, best first. */
  static List<ContentCoding> accepted(Exchange exchange) {
    return ContentCodings.accepted(
        exchange.headers().joined(HttpHeaderNames.ACCEPT_ENCODING).orElse(""));
  }

  /** Sends a document, or 304 to whoever has it. */
  static Future<Void> send(Exchange exchange, SyncDocument document) {
    HttpServerResponse response = exchange.response();
    response
        .putHeader(HttpHeaderNames.ETAG, '"' + document.etag() + '"')
        .putHeader(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    if (isKnown(exchange, document)) {
      response.setStatusCode(304);
      return exchange.end();
    }
    Buffer body = document.bytes();
    response
        .setStatusCode(200)
        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length()));
    if (document.coding() != ContentCoding.IDENTITY) {
      response.putHeader(HttpHeaderNames.CONTENT_ENCODING, document.coding().token());
    }
    return exchange.isHead() ? exchange.end() : BufferSender.send(response, body);
  }

  private static boolean isKnown(Exchange exchange, SyncDocument document) {
    return exchange
        .headers()
        .joined(HttpHeaderNames.IF_NONE_MATCH)
        .map(EntityTags::parse)
        .map(tags -> document.etags().stream().anyMatch(tags::matchWeakly))
        .orElse(false);
  }
}
