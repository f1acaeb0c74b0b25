package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.PublishedIndex;
import dev.memoryproxy.storage.StorageService.Written;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which of the two ways of speaking to this service a request uses; its route tells. The dialects
 * differ here, and in the headers that {@link PreconditionParser} reads.
 */
enum Dialect {
  /** The unnamed namespace: preconditions are mostly MD5s, answers to writes have no body. */
  PLAIN {
    @Override
    boolean acknowledgesRepeats() {
      return false;
    }

    @Override
    Future<Void> written(Exchange exchange, Written written) {
      return exchange.send(statusOf(written), Buffer.buffer());
    }

    @Override
    Future<Void> deleted(Exchange exchange, Written written) {
      exchange.response().setStatusCode(204);
      return exchange.end();
    }

    @Override
    ProxyError put(ProxyError error) {
      return error;
    }
  },

  /** A named one: preconditions are versions, answers to writes show the path's index entry. */
  NAMESPACED {
    @Override
    boolean acknowledgesRepeats() {
      return true;
    }

    @Override
    Future<Void> written(Exchange exchange, Written written) {
      return sendEntry(exchange, statusOf(written), written);
    }

    @Override
    Future<Void> deleted(Exchange exchange, Written written) {
      return sendEntry(exchange, 200, written);
    }

    @Override
    ProxyError put(ProxyError error) {
      if (error.kind() != ProxyError.Kind.PRECONDITION_FAILED) {
        return error;
      }
      Map<String, String> context = new LinkedHashMap<>(error.context());
      context.keySet().removeAll(MD5S);
      return new ProxyError(error.kind(), error.detail(), context);
    }
  };

  private static final List<String> MD5S = List.of("current_md5", "provided_md5");

  /**
   * Whether a write whose precondition does not hold is acknowledged when the file holds the very
   * bytes already: its client may only have lost our answer.
   */
  abstract boolean acknowledgesRepeats();

  /** Sends the answer to a PUT; its headers are set. */
  abstract Future<Void> written(Exchange exchange, Written written);

  /** Sends the answer to a DELETE; its headers are set. */
  abstract Future<Void> deleted(Exchange exchange, Written written);

  /** Puts an error in this dialect's terms. */
  abstract ProxyError put(ProxyError error);

  private static int statusOf(Written written) {
    return written.created() ? 201 : 200;
  }

  private static Future<Void> sendEntry(Exchange exchange, int status, Written written) {
    exchange.response().putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json");
    return exchange.send(
        status,
        PublishedIndex.ofOne(written.address().path(), written.entry(), written.indexVersion()));
  }
}
