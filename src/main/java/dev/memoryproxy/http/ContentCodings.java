package dev.memoryproxy.http;

/** What an {@code Accept-Encoding} allows (RFC 9110, 12.5.3). */
final class ContentCodings {
  private ContentCodings() {}

  /**
   * Whether gzip is allowed and not less welcome than the bytes as they are.
   *
   * @param acceptEncoding the header's value; empty when it was not sent
   */
  static boolean prefersGzip(String acceptEncoding) {
    double gzip = weight(acceptEncoding, "gzip", "x-gzip");
    double identity = weight(acceptEncoding, "identity", "identity");
    return gzip > 0 && gzip >= identity;
  }

  /** The weight of a coding: its own, else that of {@code *}; 0 when it is not mentioned. */
  private static double weight(String acceptEncoding, String coding, String alias) {
    double any = 0;
    for (String element : acceptEncoding.split(",", -1)) {
      String[] parts = element.split(";", -1);
      String name = parts[0].strip();
      if (name.equalsIgnoreCase(coding) || name.equalsIgnoreCase(alias)) {
        return quality(parts);
      }
      if (name.equals("*")) {
        any = quality(parts);
      }
    }
    return any;
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
