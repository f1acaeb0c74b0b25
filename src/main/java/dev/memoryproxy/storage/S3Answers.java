package dev.memoryproxy.storage;

import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/** S3's answers as values of ours. */
final class S3Answers {
  private S3Answers() {}

  /** From {@code bytes 0-9/100} when a part was asked for. */
  static long wholeSize(@Nullable String contentRange, long length) {
    int slash = contentRange == null ? -1 : contentRange.lastIndexOf('/');
    if (contentRange == null || slash < 0) {
      return length;
    }
    try {
      return Long.parseLong(contentRange.substring(slash + 1));
    } catch (NumberFormatException e) {
      return length;
    }
  }

  static ObjectHead head(String key, HeadObjectResponse response) {
    long storeTime = storeTime(response);
    Long size = response.contentLength();
    return new ObjectHead(
        key,
        unquoted(response.eTag()),
        size == null ? 0 : size,
        millis(response.lastModified(), storeTime),
        storeTime,
        response.contentType(),
        metadata(response.metadata()));
  }

  static ObjectHead head(String key, long size, GetObjectResponse response) {
    long storeTime = storeTime(response);
    return new ObjectHead(
        key,
        unquoted(response.eTag()),
        size,
        millis(response.lastModified(), storeTime),
        storeTime,
        response.contentType(),
        metadata(response.metadata()));
  }

  static Listing listing(ListObjectsV2Response response) {
    long storeTime = storeTime(response);
    List<Listing.Item> items =
        response.contents().stream()
            .map(
                object ->
                    new Listing.Item(
                        object.key(),
                        unquoted(object.eTag()),
                        object.size(),
                        millis(object.lastModified(), storeTime)))
            .toList();
    return new Listing(items, Boolean.TRUE.equals(response.isTruncated()), storeTime);
  }

  /** From {@code Date}; a store that sends none is taken to share our clock. */
  private static long storeTime(SdkResponse response) {
    Optional<String> date = response.sdkHttpResponse().firstMatchingHeader("Date");
    if (date.isPresent()) {
      try {
        return ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME)
            .toInstant()
            .toEpochMilli();
      } catch (DateTimeParseException e) {
        // As if there were none.
      }
    }
    return System.currentTimeMillis();
  }

  private static long millis(@Nullable Instant instant, long otherwise) {
    return instant == null ? otherwise : instant.toEpochMilli();
  }

  private static Map<String, String> metadata(Map<String, String> metadata) {
    Map<String, String> lower = new HashMap<>();
    metadata.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
    return lower;
  }

  static String quoted(String etag) {
    return '"' + etag + '"';
  }

  static String unquoted(@Nullable String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }
}
