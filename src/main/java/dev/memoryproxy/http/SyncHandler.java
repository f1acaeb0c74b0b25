package dev.memoryproxy.http;

import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.SyncDocument;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * GET and HEAD of the sync index. The document is encoded once for each index version; compressed
 * and plain bytes differ, so each has a strong ETag of its own.
 */
final class SyncHandler {
  private static final String GZIP_SUFFIX = "-gzip";

  private final IndexService index;

  SyncHandler(IndexService index) {
    this.index = index;
  }

  Future<Void> get(Exchange exchange, Target target) {
    return index.document(target.namespace()).compose(document -> send(exchange, document));
  }

  private static Future<Void> send(Exchange exchange, SyncDocument document) {
    HttpServerResponse response = exchange.response();
    boolean gzip =
        ContentCodings.prefersGzip(
            exchange.headers().joined(HttpHeaderNames.ACCEPT_ENCODING).orElse(""));
    response
        .putHeader(HttpHeaderNames.ETAG, '"' + document.etag() + (gzip ? GZIP_SUFFIX : "") + '"')
        .putHeader(HttpHeaderNames.VARY, HttpHeaderNames.ACCEPT_ENCODING);
    if (isKnown(exchange, document)) {
      response.setStatusCode(304);
      return exchange.end();
    }
    Buffer body = gzip ? document.gzip() : document.json();
    response
        .setStatusCode(200)
        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(body.length()));
    if (gzip) {
      response.putHeader(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.GZIP);
    }
    return exchange.isHead() ? exchange.end() : BufferSender.send(response, body);
  }

  private static boolean isKnown(Exchange exchange, SyncDocument document) {
    return exchange
        .headers()
        .joined(HttpHeaderNames.IF_NONE_MATCH)
        .map(EntityTags::parse)
        .map(
            tags ->
                tags.matchWeakly(document.etag())
                    || tags.matchWeakly(document.etag() + GZIP_SUFFIX))
        .orElse(false);
  }
}
