package dev.memoryproxy.http;

import dev.memoryproxy.index.ContentCoding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What an {@code Accept-Encoding} allows (RFC 9110, 12.5.3). */
final class ContentCodings {
  private static final String ANY = "*";

  private ContentCodings() {}

  /**
   * The codings to choose from, the most welcome first; of equally welcome ones the more useful.
   * Never empty: where a client refuses everything, the bytes as they are serve it better than an
   * error.
   *
   * @param acceptEncoding the header's value; empty when it was not sent
   */
  static List<ContentCoding> accepted(String acceptEncoding) {
    Map<String, Double> weights = weights(acceptEncoding);
    List<ContentCoding> accepted = new ArrayList<>();
    for (ContentCoding coding : ContentCoding.values()) {
      if (weight(weights, coding) > 0) {
        accepted.add(coding);
      }
    }
    accepted.sort(
        Comparator.comparingDouble((ContentCoding coding) -> weight(weights, coding)).reversed());
    return accepted.isEmpty() ? List.of(ContentCoding.IDENTITY) : List.copyOf(accepted);
  }

  private static double weight(Map<String, Double> weights, ContentCoding coding) {
    return switch (coding) {
      // A client that takes anything may not have meant what is younger than itself.
      case ZSTD -> weights.getOrDefault(coding.token(), 0.0);
      case GZIP -> weights.getOrDefault(coding.token(), weights.getOrDefault(ANY, 0.0));
      // Always allowed, unless it is refused; but whoever names others would rather have them.
      case IDENTITY ->
          weights.getOrDefault(
              coding.token(), weights.getOrDefault(ANY, 1.0) > 0 ? Double.MIN_VALUE : 0.0);
    };
  }

  private static Map<String, Double> weights(String acceptEncoding) {
    Map<String, Double> weights = new HashMap<>();
    for (String element : acceptEncoding.split(",", -1)) {
      String[] parts = element.split(";", -1);
      String name = parts[0].strip().toLowerCase(Locale.ROOT);
      weights.putIfAbsent(name.equals("x-gzip") ? "gzip" : name, quality(parts));
    }
    return weights;
  }

  private static double quality(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip();
      if (parameter.regionMatches(true, 0, "q=", 0, 2)) {
        try {
          return Double.parseDouble(parameter.substring(2).strip());
        } catch (NumberFormatException e) {
          return 0;
        }
      }
    }
    return 1;
  }
}
