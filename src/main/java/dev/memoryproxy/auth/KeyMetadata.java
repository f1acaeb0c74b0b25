package dev.memoryproxy.auth;

import dev.memoryproxy.blob.NamespaceGrant;
import dev.memoryproxy.blob.PatternException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what a key may do from the metadata that the auth service keeps with it: {@code
 * {"namespaces": ["personas/alice/**", "shared/**:ro"]}}. A key without metadata, or whose metadata
 * don't speak of namespaces, may do everything; one whose namespaces can't be read may do nothing.
 *
 * <p>Says which key it is in the log, once for each new problem. Thread-safe.
 */
final class KeyMetadata {
  private static final Logger LOG = LoggerFactory.getLogger(KeyMetadata.class);
  private static final String NAMESPACES = "namespaces";
  private static final int MAX_KNOWN = 1_000;

  private final Map<String, String> known = new LinkedHashMap<>();

  /**
   * What a key may do.
   *
   * @param keyId names the key in the log
   * @param metadata as it stands in the auth service's answer; null when it doesn't
   */
  Access access(String keyId, @Nullable Object metadata) {
    Access access;
    try {
      access = read(metadata);
    } catch (PatternException e) {
      malformed(keyId, e.problem());
      return Access.malformed(
          "The namespaces of this key are malformed, so it opens none: 'namespaces' in its"
              + " metadata "
              + e.problem()
              + ". Whoever manages keys in the auth service must mend it there.");
    }
    wellFormed(keyId);
    return access;
  }

  private static Access read(@Nullable Object metadata) {
    if (metadata == null) {
      return Access.EVERYTHING;
    }
    if (!(metadata instanceof JsonObject fields)) {
      throw new PatternException("cannot be found, because the metadata is no JSON object");
    }
    if (!fields.containsKey(NAMESPACES)) {
      return Access.EVERYTHING;
    }
    return Access.of(grants(fields.getValue(NAMESPACES)));
  }

  private static List<NamespaceGrant> grants(@Nullable Object value) {
    return NamespaceGrant.parseAll(value instanceof JsonArray list ? list.getList() : value);
  }

  private synchronized void malformed(String keyId, String problem) {
    if (Objects.equals(known.put(keyId, problem), problem)) {
      return;
    }
    if (known.size() > MAX_KNOWN) {
      known.remove(known.keySet().iterator().next());
    }
    LOG.atError()
        .addKeyValue("key_id", keyId)
        .addKeyValue("problem", problem)
        .log("a key's namespaces are malformed in the auth service: it is refused everything");
  }

  private synchronized void wellFormed(String keyId) {
    known.remove(keyId);
  }
}
