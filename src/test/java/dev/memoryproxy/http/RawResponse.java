package dev.memoryproxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An answer as it came over the wire. */
record RawResponse(String statusLine, List<String> headers, Buffer bytes) {
  int status() {
    return Integer.parseInt(statusLine.split(" ", 3)[1]);
  }

  Optional<String> header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return headers.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()).strip())
        .findFirst();
  }

  String body() {
    return bytes.toString(UTF_8);
  }

  JsonObject json() {
    return new JsonObject(body());
  }

  String errorCode() {
    return json().getString("error_code");
  }
}
