package dev.memoryproxy.storage;

import java.util.List;

/**
 * What a store was seen to do.
 *
 * @param conditionalWrites whether conditions on writes hold, also between concurrent writers
 * @param conditionalDeletes whether a delete honours an ETag
 * @param uniqueEtags whether equal content written twice got two ETags, so that an ETag names one
 *     write
 * @param findings what spoke against conditions, for the log
 */
public record Capabilities(
    boolean conditionalWrites,
    boolean conditionalDeletes,
    boolean uniqueEtags,
    List<String> findings) {
  public Capabilities {
    findings = List.copyOf(findings);
  }
}
