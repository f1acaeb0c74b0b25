package dev.memoryproxy.s3server;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code Range} header: one range of bytes. */
final class S3Range {
  private static final Pattern BYTES = Pattern.compile("bytes=(\\d*)-(\\d*)");

  private S3Range() {}

  /** The part of a whole answer; a header that is not understood is ignored, as HTTP says. */
  static S3Reply of(String header, S3Reply whole) {
    Matcher range = BYTES.matcher(header);
    if (!range.matches() || header.equals("bytes=-")) {
      return whole;
    }
    long size = whole.length();
    long first;
    long last = size - 1;
    if (range.group(1).isEmpty()) {
      long suffix = Long.parseLong(range.group(2));
      first = suffix == 0 ? size : Math.max(0, size - suffix);
    } else {
      first = Long.parseLong(range.group(1));
      if (!range.group(2).isEmpty()) {
        last = Math.min(last, Long.parseLong(range.group(2)));
      }
    }
    if (first > last) {
      return S3Reply.error(416, "InvalidRange", "The requested range is not satisfiable")
          .with("Content-Range", "bytes */" + size);
    }
    return S3Reply.of(206, whole.headers(), whole.body().slice((int) first, (int) last + 1))
        .with("Content-Range", "bytes " + first + "-" + last + "/" + size);
  }
}
