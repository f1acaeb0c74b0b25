package dev.memoryproxy.storage;

import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.Precondition.IfMd5;
import dev.memoryproxy.blob.Precondition.IfVersion;
import dev.memoryproxy.blob.ProxyError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The 412: what the client expected and what there is. */
final class WriteRefusal {
  private static final String NONE = "none";

  private WriteRefusal() {}

  /** The refusal, or empty when the precondition holds in the state that the store has shown. */
  static Optional<ProxyError> of(Precondition precondition, Optional<StoredBlob> state) {
    boolean deleted = state.map(StoredBlob::deleted).orElse(false);
    String md5 = state.map(StoredBlob::md5).orElse("");
    long version = state.map(StoredBlob::version).orElse(0L);
    if (precondition.admits(state.isPresent(), deleted, md5, version)) {
      return Optional.empty();
    }
    Map<String, String> context = new LinkedHashMap<>();
    context.put("current_version", state.isPresent() ? Long.toString(version) : NONE);
    context.put("provided_version", providedVersion(precondition));
    context.put("current_md5", deleted || md5.isEmpty() ? NONE : md5);
    context.put("provided_md5", providedMd5(precondition));
    return Optional.of(
        new ProxyError(
            ProxyError.Kind.PRECONDITION_FAILED, detail(precondition, state, deleted), context));
  }

  private static String detail(
      Precondition precondition, Optional<StoredBlob> state, boolean deleted) {
    if (precondition instanceof Precondition.IfAbsent) {
      return "The file exists already: read it, merge, and write with its current state.";
    }
    if (state.isEmpty()) {
      return "The file does not exist: to create it, write with 'If-Match-Version: 0'.";
    }
    if (deleted) {
      return "The file was deleted meanwhile: to create it again, write with 'If-Match-Version: 0'.";
    }
    return "The file has changed meanwhile: read it, merge, and write with its current state, or"
        + " delete that state.";
  }

  private static String providedVersion(Precondition precondition) {
    if (precondition instanceof IfVersion expected) {
      return Long.toString(expected.version());
    }
    return precondition instanceof Precondition.IfAbsent ? "0" : NONE;
  }

  private static String providedMd5(Precondition precondition) {
    if (precondition instanceof IfMd5 expected) {
      return expected.md5();
    }
    return precondition instanceof Precondition.IfAbsent ? "new" : NONE;
  }
}
