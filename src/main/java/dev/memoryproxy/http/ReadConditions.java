package dev.memoryproxy.http;

import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a GET or HEAD says about the state it wants (RFC 9110, 13.2.2).
 *
 * @param range only of a GET
 * @param ifRange meaningless without {@code range}
 */
record ReadConditions(
    Optional<String> ifMatch,
    Optional<String> ifNoneMatch,
    Optional<Long> ifModifiedSince,
    Optional<Long> ifUnmodifiedSince,
    Optional<ByteRange> range,
    Optional<String> ifRange) {

  /** How to answer. */
  enum Verdict {
    WHOLE,
    PARTIAL,
    NOT_MODIFIED
  }

  static ReadConditions parse(RequestHeaders headers, boolean withRange) {
    Optional<String> ranges = withRange ? headers.joined(HttpHeaderNames.RANGE) : Optional.empty();
    return new ReadConditions(
        headers.joined(HttpHeaderNames.IF_MATCH),
        headers.joined(HttpHeaderNames.IF_NONE_MATCH),
        headers.joined(HttpHeaderNames.IF_MODIFIED_SINCE).flatMap(HttpDate::parseSeconds),
        headers.joined(HttpHeaderNames.IF_UNMODIFIED_SINCE).flatMap(HttpDate::parseSeconds),
        ranges.flatMap(ByteRange::parse),
        headers.joined(HttpHeaderNames.IF_RANGE));
  }

  /** Whether the file can be opened without knowing its state first. */
  boolean isEmpty() {
    return ifMatch.isEmpty()
        && ifNoneMatch.isEmpty()
        && ifModifiedSince.isEmpty()
        && ifUnmodifiedSince.isEmpty()
        && range.isEmpty();
  }

  /**
   * Compares with a file's state.
   *
   * @throws ProxyError {@code PRECONDITION_FAILED} or {@code RANGE_NOT_SATISFIABLE}
   */
  Verdict judge(BlobInfo info) {
    long modified = Math.floorDiv(info.lastModified(), 1000L);
    boolean asExpected =
        ifMatch
            .map(tags -> EntityTags.parse(tags).matchStrongly(info.md5()))
            .orElseGet(() -> ifUnmodifiedSince.map(since -> modified <= since).orElse(true));
    if (!asExpected) {
      throw failed(info);
    }
    boolean known =
        ifNoneMatch
            .map(tags -> EntityTags.parse(tags).matchWeakly(info.md5()))
            .orElseGet(() -> ifModifiedSince.map(since -> modified <= since).orElse(false));
    if (known) {
      return Verdict.NOT_MODIFIED;
    }
    if (range.isEmpty() || !rangeStillMeant(info, modified)) {
      return Verdict.WHOLE;
    }
    if (range.get().in(info.size()).isEmpty()) {
      throw new ProxyError(
          ProxyError.Kind.RANGE_NOT_SATISFIABLE,
          "The file has " + info.size() + " bytes, and none in that range.",
          Map.of(ErrorResponder.SIZE, Long.toString(info.size())));
    }
    return Verdict.PARTIAL;
  }

  private boolean rangeStillMeant(BlobInfo info, long modified) {
    if (ifRange.isEmpty()) {
      return true;
    }
    String validator = ifRange.get().strip();
    return HttpDate.parseSeconds(validator)
        .map(date -> date == modified)
        .orElseGet(() -> validator.equals('"' + info.md5() + '"'));
  }

  private ProxyError failed(BlobInfo info) {
    Map<String, String> context = new LinkedHashMap<>();
    context.put("current_version", Long.toString(info.version()));
    context.put("provided_version", "none");
    context.put("current_md5", info.md5());
    context.put("provided_md5", ifMatch.map(tags -> tags.replace("\"", "")).orElse("none"));
    return new ProxyError(
        ProxyError.Kind.PRECONDITION_FAILED,
        "The file is not in the state that was asked for: read it without the condition.",
        context);
  }
}
