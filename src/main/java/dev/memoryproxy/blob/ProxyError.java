package dev.memoryproxy.blob;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one error type. Its detail is written for the caller and says what to do; it never holds a
 * secret, a token or a store's raw answer. {@code ErrorResponder} alone turns it into HTTP.
 */
public final class ProxyError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What went wrong, with the status it has on the wire. */
  public enum Kind {
    INVALID_REQUEST(400),
    INVALID_PATH(400),
    INVALID_HEADER(400),
    DIGEST_MISMATCH(400),
    UNAUTHENTICATED(401),
    FORBIDDEN(403),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    REQUEST_TIMEOUT(408),
    CONFLICT(409),
    PRECONDITION_FAILED(412),
    TOO_LARGE(413),
    URI_TOO_LONG(414),
    RANGE_NOT_SATISFIABLE(416),
    EXPECTATION_FAILED(417),
    PRECONDITION_REQUIRED(428),
    HEADERS_TOO_LARGE(431),
    INTERNAL(500),
    DAMAGED(500),
    STORAGE_UNAVAILABLE(503),
    AUTH_UNAVAILABLE(503),
    OVERLOADED(503);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    /** The HTTP status. */
    public int status() {
      return status;
    }
  }

  private final Kind kind;
  private final transient Map<String, String> context;
  private final @Nullable Duration retryAfter;

  /** An error that the caller must mend. */
  public ProxyError(Kind kind, String detail, Map<String, String> context) {
    this(kind, detail, context, null, null);
  }

  /** An error without context. */
  public ProxyError(Kind kind, String detail) {
    this(kind, detail, Map.of(), null, null);
  }

  private ProxyError(
      Kind kind,
      String detail,
      Map<String, String> context,
      @Nullable Duration retryAfter,
      @Nullable Throwable cause) {
    // Expected outcomes carry no stack trace: they are answers, and some are frequent.
    super(detail, cause, false, cause != null);
    this.kind = kind;
    this.context = Collections.unmodifiableMap(new LinkedHashMap<>(context));
    this.retryAfter = retryAfter;
  }

  /**
   * A fault that waiting may cure: a 503 with {@code Retry-After}.
   *
   * @param cause logged by whoever answers, never shown to the caller; may be null
   */
  public static ProxyError unavailable(
      Kind kind, String detail, Duration retryAfter, @Nullable Throwable cause) {
    return new ProxyError(kind, detail, Map.of(), retryAfter, cause);
  }

  /**
   * A fault that waiting does not cure: somebody must repair something.
   *
   * @param cause logged by whoever answers, never shown to the caller
   */
  public static ProxyError permanent(Kind kind, String detail, Throwable cause) {
    return new ProxyError(kind, detail, Map.of(), null, cause);
  }

  /** A defect of ours: a 500 whose cause is logged with a stack trace and never shown. */
  public static ProxyError internal(Throwable cause) {
    return new ProxyError(
        Kind.INTERNAL,
        "The service failed unexpectedly; its log has the cause under this request's id.",
        Map.of(),
        null,
        cause);
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** What to do about it, for the caller to read. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** Facts for the caller's code; values are always strings. */
  public Map<String, String> context() {
    return context;
  }

  /** How long to wait before the same request may succeed. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
