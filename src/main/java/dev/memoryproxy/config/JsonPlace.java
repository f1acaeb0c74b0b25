package dev.memoryproxy.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.vertx.core.json.DecodeException;
import org.jspecify.annotations.Nullable;

/** Where a text stops being JSON: the only part of a parser's message that quotes nothing. */
final class JsonPlace {
  private JsonPlace() {}

  /**
   * The place, as {@code " (line 2, column 7)"}; empty when it isn't known.
   *
   * @param failure a {@link DecodeException}, or anything else
   */
  static String of(Throwable failure) {
    @Nullable Throwable cause = failure.getCause();
    return cause instanceof JsonProcessingException error && error.getLocation() != null
        ? " (line "
            + error.getLocation().getLineNr()
            + ", column "
            + error.getLocation().getColumnNr()
            + ")"
        : "";
  }
}
