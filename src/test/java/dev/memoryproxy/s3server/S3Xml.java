package dev.memoryproxy.s3server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** The XML documents of the protocol, written by hand. */
final class S3Xml {
  private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  private S3Xml() {}

  static String error(String code, String message) {
    return HEAD
        + "<Error><Code>"
        + text(code)
        + "</Code><Message>"
        + text(message)
        + "</Message></Error>";
  }

  /**
   * A page of a listing.
   *
   * @param urlEncoded whether keys are percent-encoded as forms are: space as plus, slash as itself
   */
  static String listing(String bucket, S3Call call, S3Objects.Page page, boolean urlEncoded) {
    StringBuilder out = new StringBuilder(HEAD);
    out.append("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    element(out, "Name", bucket);
    element(out, "Prefix", key(call.query().getOrDefault("prefix", ""), urlEncoded));
    element(out, "StartAfter", key(call.query().getOrDefault("start-after", ""), urlEncoded));
    if (urlEncoded) {
      element(out, "EncodingType", "url");
    }
    element(out, "MaxKeys", Integer.toString(page.limit()));
    element(out, "KeyCount", Integer.toString(page.objects().size() + page.prefixes().size()));
    element(out, "IsTruncated", Boolean.toString(page.next() != null));
    if (page.next() != null) {
      element(out, "NextContinuationToken", page.next());
    }
    page.objects()
        .forEach(
            (name, object) -> {
              out.append("<Contents>");
              element(out, "Key", key(name, urlEncoded));
              element(out, "LastModified", Instant.ofEpochMilli(object.lastModified()).toString());
              element(out, "ETag", "\"" + object.etag() + "\"");
              element(out, "Size", Integer.toString(object.content().length()));
              element(out, "StorageClass", "STANDARD");
              out.append("</Contents>");
            });
    for (String prefix : page.prefixes()) {
      out.append("<CommonPrefixes>");
      element(out, "Prefix", key(prefix, urlEncoded));
      out.append("</CommonPrefixes>");
    }
    return out.append("</ListBucketResult>").toString();
  }

  private static void element(StringBuilder out, String name, String value) {
    out.append('<').append(name).append('>').append(text(value));
    out.append("</").append(name).append('>');
  }

  private static String key(String key, boolean urlEncoded) {
    return urlEncoded ? URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/") : key;
  }

  private static String text(String value) {
    StringBuilder out = new StringBuilder(value.length() + 16);
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\r' -> out.append("&#13;");
        default -> {
          // As S3 does: not well-formed XML, which is why clients ask for encoding-type=url.
          if (c < ' ' && c != '\t' && c != '\n') {
            out.append("&#").append((int) c).append(';');
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.toString();
  }
}
