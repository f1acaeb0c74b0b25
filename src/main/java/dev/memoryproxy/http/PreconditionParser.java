package dev.memoryproxy.http;

import static dev.memoryproxy.http.RequestHeaders.invalid;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads what must be true of a file before it is written or deleted, from any of the four headers
 * that can say so.
 *
 * <p>Headers that say the same go together; any two that say different things are refused, also
 * where both could hold (a version and an MD5): only one of them would be checked, and none may be
 * dropped silently.
 *
 * <p>Content-MD5 is the odd one: without a version it is a precondition in the plain dialect, and
 * the digest of the body otherwise.
 */
final class PreconditionParser {
  static final String CONTENT_MD5 = "Content-MD5";
  static final String IF_MATCH_VERSION = "If-Match-Version";

  private static final Pattern VERSION = Pattern.compile("0|[1-9][0-9]{0,18}");

  /**
   * What a write or delete asks for.
   *
   * @param payloadMd5 what the body must hash to, lower-case hex
   */
  record Demand(Precondition precondition, Optional<String> payloadMd5) {}

  private final Dialect dialect;
  private final RequestHeaders headers;
  private @Nullable Precondition found;
  private String foundIn = "";

  private PreconditionParser(Dialect dialect, RequestHeaders headers) {
    this.dialect = dialect;
    this.headers = headers;
  }

  /**
   * The demand of a PUT, which must have a precondition.
   *
   * @throws ProxyError {@code INVALID_HEADER}, or {@code PRECONDITION_REQUIRED}
   */
  static Demand forPut(Dialect dialect, RequestHeaders headers) {
    Demand demand = new PreconditionParser(dialect, headers).parse();
    if (demand.precondition() instanceof Precondition.None) {
      throw new ProxyError(
          ProxyError.Kind.PRECONDITION_REQUIRED,
          switch (dialect) {
            case PLAIN ->
                "Say what you expect to replace: 'Content-MD5: new' (or 'If-None-Match: *') for a"
                    + " new file, 'Content-MD5: <MD5 of the stored content>' (or 'If-Match:"
                    + " \"<md5>\"') or 'If-Match-Version: <version>' for an update.";
            case NAMESPACED ->
                "Say what you expect to replace: 'If-Match-Version: 0' (or 'If-None-Match: *') for"
                    + " a new file, 'If-Match-Version: <version>' (or 'If-Match: \"<md5>\"') for an"
                    + " update. In a namespace, Content-MD5 is only the MD5 of the body.";
          });
    }
    return demand;
  }

  /**
   * The demand of a DELETE, which may do without.
   *
   * @throws ProxyError {@code INVALID_HEADER}
   */
  static Demand forDelete(Dialect dialect, RequestHeaders headers) {
    Demand demand = new PreconditionParser(dialect, headers).parse();
    if (demand.precondition() instanceof Precondition.None && demand.payloadMd5().isPresent()) {
      // Ignoring it would delete whatever there is.
      throw invalid(
          CONTENT_MD5,
          "In a namespace, Content-MD5 is no condition: send If-Match-Version (or If-Match) to"
              + " delete a known state, or none of them.");
    }
    return demand;
  }

  private Demand parse() {
    refuseDates();
    Optional<Precondition> version = headers.single(IF_MATCH_VERSION).map(this::version);
    Optional<String> contentMd5 = headers.single(CONTENT_MD5);
    version.ifPresent(precondition -> add(IF_MATCH_VERSION, precondition));
    boolean digests = version.isPresent() || dialect == Dialect.NAMESPACED;
    if (!digests) {
      contentMd5.ifPresent(value -> add(CONTENT_MD5, expected(value)));
    }
    headers.single(HttpHeaderNames.IF_NONE_MATCH).ifPresent(this::ifNoneMatch);
    headers.single(HttpHeaderNames.IF_MATCH).ifPresent(this::ifMatch);
    return new Demand(
        found == null ? new Precondition.None() : found,
        digests ? contentMd5.map(PreconditionParser::digest) : Optional.empty());
  }

  private void add(CharSequence header, Precondition precondition) {
    if (found != null && !found.equals(precondition)) {
      throw new ProxyError(
          ProxyError.Kind.INVALID_HEADER,
          foundIn
              + " and "
              + header
              + " ask for different things: send one of them."
              + (foundIn.equals(CONTENT_MD5)
                  ? " Without If-Match-Version, Content-MD5 is the MD5 of the content to be"
                      + " replaced, not of the body."
                  : ""),
          Map.of("header", foundIn, "other_header", header.toString()));
    }
    found = precondition;
    foundIn = header.toString();
  }

  private Precondition version(String value) {
    if (!VERSION.matcher(value).matches()) {
      throw notVersion();
    }
    try {
      long version = Long.parseLong(value);
      return version == 0 ? new Precondition.IfAbsent() : new Precondition.IfVersion(version);
    } catch (NumberFormatException e) {
      throw notVersion();
    }
  }

  private static ProxyError notVersion() {
    return invalid(
        IF_MATCH_VERSION,
        "If-Match-Version takes 0 (the file must not exist) or the version that it must have.");
  }

  private Precondition expected(String value) {
    if (value.equals("new")) {
      return new Precondition.IfAbsent();
    }
    return new Precondition.IfMd5(
        Md5.parse(value)
            .orElseThrow(
                () ->
                    invalid(
                        CONTENT_MD5,
                        "Content-MD5 takes 'new' (the file must not exist) or the MD5 of the"
                            + " content to be replaced, as 32 hex digits or base64.")));
  }

  private static String digest(String value) {
    return Md5.parse(value)
        .orElseThrow(
            () ->
                invalid(
                    CONTENT_MD5,
                    "Beside If-Match-Version and in a namespace, Content-MD5 is the MD5 of the body,"
                        + " as 32 hex digits or base64; 'If-Match-Version: 0' announces a new"
                        + " file."));
  }

  private void ifNoneMatch(String value) {
    if (!value.equals("*")) {
      throw invalid(
          HttpHeaderNames.IF_NONE_MATCH,
          "If-None-Match takes only * here (the file must not exist): use If-Match to replace a"
              + " known content.");
    }
    add(HttpHeaderNames.IF_NONE_MATCH, new Precondition.IfAbsent());
  }

  private void ifMatch(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    String tag = quoted ? value.substring(1, value.length() - 1) : value;
    add(
        HttpHeaderNames.IF_MATCH,
        new Precondition.IfMd5(
            Md5.parse(tag)
                .orElseThrow(
                    () ->
                        invalid(
                            HttpHeaderNames.IF_MATCH,
                            "If-Match takes one strong ETag here: the MD5 of the content to be"
                                + " replaced, in quotes."))));
  }

  private void refuseDates() {
    // Ignoring it would overwrite what the client wants kept.
    if (headers.has(HttpHeaderNames.IF_UNMODIFIED_SINCE)) {
      throw invalid(
          HttpHeaderNames.IF_UNMODIFIED_SINCE,
          "A second is too coarse to guard a write: use If-Match or If-Match-Version instead of"
              + " If-Unmodified-Since.");
    }
  }
}
