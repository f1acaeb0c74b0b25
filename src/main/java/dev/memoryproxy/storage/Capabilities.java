package dev.memoryproxy.storage;

import java.util.List;

/**
 * What a store was seen to do.
 *
 * @param conditionalWrites whether conditions on writes hold, also between concurrent writers
 * @param conditionalDeletes whether a delete honours an ETag
 * @param findings what spoke against either, for the log
 */
public record Capabilities(
    boolean conditionalWrites, boolean conditionalDeletes, List<String> findings) {
  public Capabilities {
    findings = List.copyOf(findings);
  }
}
