package dev.memoryproxy.http;

import dev.memoryproxy.blob.GzipDigest;
import dev.memoryproxy.blob.GzipDigest.UnpackException;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespacePattern;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.http.PreconditionParser.Demand;
import dev.memoryproxy.storage.Payload;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Namespaces whose clients store gzip files but compare, and send, the MD5 of what is in them, and
 * who send version 0 whenever they upload. There the published MD5 of a gzip body is its content's,
 * and version 0 replaces whatever is there.
 *
 * @param namespaces where; empty for nowhere
 * @param maxUnpackedBytes bodies that unpack to more are refused
 */
record CompressedHistories(List<NamespacePattern> namespaces, long maxUnpackedBytes) {
  private static final Set<String> TYPES = Set.of("application/gzip", "application/x-gzip");
  private static final int CHUNK = 64 * 1024;

  CompressedHistories {
    namespaces = List.copyOf(namespaces);
  }

  private boolean include(Namespace namespace) {
    return namespaces.stream().anyMatch(pattern -> pattern.matches(namespace));
  }

  /** What a PUT asks for: version 0 asks for nothing, unless another header says the same. */
  Demand demand(Namespace namespace, RequestHeaders headers, Demand asked) {
    boolean anything =
        asked.precondition() instanceof Precondition.IfAbsent
            && headers.has(PreconditionParser.IF_MATCH_VERSION)
            && !headers.has(HttpHeaderNames.IF_NONE_MATCH)
            && include(namespace);
    return anything ? new Demand(new Precondition.None(), asked.payloadMd5()) : asked;
  }

  /** Whether the published MD5 of such a body is that of what it unpacks to. */
  boolean unpacks(Namespace namespace, String contentType) {
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return TYPES.contains(type.strip().toLowerCase(Locale.ROOT)) && include(namespace);
  }

  /**
   * The MD5 of what the body unpacks to; fails with {@link ProxyError}.
   *
   * @param workers may be busy for seconds with each body
   */
  Future<String> contentMd5(WorkerExecutor workers, Payload payload) {
    return workers
        .executeBlocking(() -> contentMd5(payload), false)
        .recover(
            cause ->
                Future.failedFuture(
                    cause instanceof UnpackException refused ? refusal(refused) : cause));
  }

  private String contentMd5(Payload payload) throws IOException, UnpackException {
    try (GzipDigest digest = new GzipDigest(maxUnpackedBytes)) {
      if (payload instanceof Payload.InMemory memory) {
        byte[] bytes = memory.bytes().getBytes();
        digest.update(bytes, 0, bytes.length);
        return digest.finish();
      }
      byte[] chunk = new byte[CHUNK];
      try (InputStream file = Files.newInputStream(((Payload.Spooled) payload).file())) {
        int count;
        while ((count = file.read(chunk)) >= 0) {
          digest.update(chunk, 0, count);
        }
      }
      return digest.finish();
    }
  }

  private ProxyError refusal(UnpackException refused) {
    if (refused.tooLarge()) {
      return new ProxyError(
          ProxyError.Kind.TOO_LARGE,
          "The file unpacks to more than the limit of " + maxUnpackedBytes + " bytes: split it.",
          Map.of("max_unpacked_bytes", Long.toString(maxUnpackedBytes)));
    }
    return new ProxyError(
        ProxyError.Kind.INVALID_REQUEST,
        "The Content-Type says gzip, but the body is none ("
            + refused.getMessage()
            + "), so nothing was written: send gzip data, or the Content-Type that fits.");
  }
}
