package dev.memoryproxy.storage;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * What the SDK's failures mean. The messages name the operation and the remedy; the key is left to
 * the caller's log.
 */
final class S3Errors {
  /** Codes that mean "fewer requests" whatever the status they come with. */
  private static final Set<String> THROTTLED =
      Set.of(
          "SlowDown",
          "ServiceUnavailable",
          "TooManyRequests",
          "Throttling",
          "ThrottlingException",
          "RequestLimitExceeded");

  /** Codes that mean "try again" whatever the status they come with. */
  private static final Set<String> BUSY =
      Set.of("RequestTimeout", "OperationAborted", "ConditionalRequestConflict");

  private static final Set<String> CREDENTIALS =
      Set.of("ExpiredToken", "InvalidToken", "TokenRefreshRequired", "InvalidSecurity");

  private S3Errors() {}

  /** The failure behind the wrappers of futures. */
  static Throwable unwrap(Throwable failure) {
    Throwable inner = failure;
    while (inner instanceof CompletionException && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  /** The status of S3's answer; 0 when there was none. */
  static int status(Throwable failure) {
    return unwrap(failure) instanceof AwsServiceException e ? e.statusCode() : 0;
  }

  /** The code in S3's answer; empty when there was none, as after every HEAD. */
  static String code(Throwable failure) {
    if (unwrap(failure) instanceof AwsServiceException e && e.awsErrorDetails() != null) {
      String code = e.awsErrorDetails().errorCode();
      return code == null ? "" : code;
    }
    return "";
  }

  /**
   * Turns a failure into ours.
   *
   * @param operation what was asked, as a message may show it: {@code PUT notes/a.md}
   */
  static StoreException of(String operation, Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof StoreException ours) {
      return ours;
    }
    return cause instanceof AwsServiceException answer
        ? answered(operation, answer)
        : unanswered(operation, cause);
  }

  private static StoreException answered(String operation, AwsServiceException answer) {
    int status = answer.statusCode();
    String code = code(answer);
    String prefix =
        operation + ": the store answered " + status + (code.isEmpty() ? "" : " " + code);
    if (code.equals("NoSuchBucket")) {
      return noBucket(operation, answer);
    }
    if (status == 401 || status == 403 || CREDENTIALS.contains(code)) {
      return new StoreException(StoreException.Kind.DENIED, prefix + "; " + denial(code), answer);
    }
    if (status == 429 || status == 503 || THROTTLED.contains(code)) {
      return new StoreException(
          StoreException.Kind.THROTTLED, prefix + "; it wants fewer requests", answer);
    }
    if (status == 409 || BUSY.contains(code)) {
      return new StoreException(StoreException.Kind.BUSY, prefix + "; try again later", answer);
    }
    if (status == 501) {
      return new StoreException(
          StoreException.Kind.UNSUPPORTED, prefix + "; it cannot do this", answer);
    }
    if (status == 507) {
      return new StoreException(
          StoreException.Kind.NO_SPACE, prefix + "; make room in the store", answer);
    }
    if (status >= 500) {
      return new StoreException(
          StoreException.Kind.AMBIGUOUS, prefix + "; it may have been applied", answer);
    }
    boolean elsewhere = status / 100 == 3 || code.equals("AuthorizationHeaderMalformed");
    return new StoreException(
        StoreException.Kind.OTHER,
        prefix
            + (elsewhere
                ? "; the bucket is elsewhere: check AWS_REGION and S3_ENDPOINT_URL"
                : "; repeating will not help"),
        answer);
  }

  static StoreException noBucket(String operation, @Nullable Throwable cause) {
    return new StoreException(
        StoreException.Kind.NO_BUCKET,
        operation + ": the bucket does not exist; create it or mend S3_BUCKET",
        cause);
  }

  private static String denial(String code) {
    return switch (code) {
      case "InvalidAccessKeyId" -> "the store does not know AWS_ACCESS_KEY_ID";
      case "SignatureDoesNotMatch" -> "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID";
      case "RequestTimeTooSkewed" -> "this machine's clock is wrong";
      default ->
          "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may s3:GetObject,"
              + " s3:PutObject, s3:DeleteObject and s3:ListBucket here";
    };
  }

  private static StoreException unanswered(String operation, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof UnknownHostException
          || cause instanceof NoRouteToHostException) {
        return new StoreException(
            StoreException.Kind.UNREACHABLE,
            operation + ": no connection to the store; is S3_ENDPOINT_URL right and the store up?",
            failure);
      }
      if (cause instanceof SSLHandshakeException) {
        return new StoreException(
            StoreException.Kind.OTHER,
            operation + ": no TLS connection to the store; check S3_ENDPOINT_URL and certificates",
            failure);
      }
      if (neverSent(cause)) {
        return new StoreException(
            StoreException.Kind.BUSY,
            operation + ": all connections to the store are in use; try again later",
            failure);
      }
      if (cause instanceof java.nio.file.FileSystemException) {
        return new StoreException(
            StoreException.Kind.OTHER, operation + ": the payload's file cannot be read", failure);
      }
    }
    return new StoreException(
        StoreException.Kind.AMBIGUOUS,
        operation + ": the store did not answer in time or the connection broke",
        failure);
  }

  /** The SDK has no type of its own for a request that found no free connection. */
  private static boolean neverSent(Throwable cause) {
    String message = cause.getMessage();
    return message != null
        && (message.startsWith("Acquire operation took longer")
            || message.startsWith("Maximum pending connection acquisitions exceeded"));
  }
}
