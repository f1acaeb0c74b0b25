package dev.memoryproxy.config;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/**
 * A JSON object a line: {@code timestamp}, {@code level}, {@code logger}, {@code message}, the
 * event's key-value pairs as fields of their own, and {@code exception} with its stack trace.
 * (Logback's own JSON encoder puts the pairs into a list of one-field objects, which log stores
 * can't search.) A pair named like one of these fields gets an underscore behind its name.
 */
final class JsonLogEncoder extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static final String EXCEPTION = "exception";

  @Override
  public byte[] encode(ILoggingEvent event) {
    JsonObject line =
        new JsonObject()
            .put("timestamp", LogTime.format(event))
            .put("level", event.getLevel().toString())
            .put("logger", event.getLoggerName())
            .put("message", event.getFormattedMessage());
    if (event.getThrowableProxy() != null) {
      line.put(EXCEPTION, ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (KeyValuePair pair : pairs) {
        line.put(line.containsKey(pair.key) ? pair.key + "_" : pair.key, value(pair.value));
      }
    }
    return (line.encode() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable Object value(@Nullable Object value) {
    return value == null || value instanceof Number || value instanceof Boolean
        ? value
        : value.toString();
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
