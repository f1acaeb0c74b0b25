package dev.memoryproxy.http;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/** The id under which a request appears in the log and in its answer. */
final class RequestIds {
  static final String HEADER = "X-Request-Id";

  // Nothing that a log line, a shell or a header would read as more than an id.
  private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:/+=@-]{1,128}");

  private RequestIds() {}

  /** The client's id when it sent a sane one, else a new one. */
  static String of(MultiMap headers) {
    List<String> sent = headers.getAll(HEADER);
    if (sent.size() == 1 && SANE.matcher(sent.get(0)).matches()) {
      return sent.get(0);
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }
}
