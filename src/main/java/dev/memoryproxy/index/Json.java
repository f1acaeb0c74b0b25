package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/** The JSON dialect of the index's objects: streamed both ways, times in UTC milliseconds. */
final class Json {
  // Field names in a checkpoint are paths, which clients choose: caching or interning them would
  // fill shared tables with what is used once.
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final DateTimeFormatter MILLIS =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter();

  private Json() {}

  /** Writes a document into memory. */
  static Buffer write(int expectedBytes, Writer writer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(expectedBytes);
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      writer.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return Buffer.buffer(out.toByteArray());
  }

  /** Opens a document whose root must be an object; the parser stands on its first field. */
  static JsonParser openObject(byte[] bytes) throws IOException, UnreadableException {
    JsonParser json = FACTORY.createParser(bytes);
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw UnreadableException.corrupt("not a JSON object", null);
    }
    return json;
  }

  /** Insists that the document ends where its root object does. */
  static void close(JsonParser json) throws IOException, UnreadableException {
    if (json.nextToken() != null) {
      throw UnreadableException.corrupt("content after the document's end", null);
    }
    json.close();
  }

  /** Milliseconds since the epoch as {@code 2024-01-15T10:30:00.000Z}. */
  static String time(long epochMillis) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(Math.floorDiv(epochMillis, 1000L), 0, ZoneOffset.UTC);
    if (time.getYear() < 0 || time.getYear() > 9999) {
      return MILLIS.format(Instant.ofEpochMilli(epochMillis));
    }
    // A formatter would take half of the time that a large index takes to be encoded.
    StringBuilder text = new StringBuilder(24);
    digits(text, time.getYear(), 1000).append('-');
    digits(text, time.getMonthValue(), 10).append('-');
    digits(text, time.getDayOfMonth(), 10).append('T');
    digits(text, time.getHour(), 10).append(':');
    digits(text, time.getMinute(), 10).append(':');
    digits(text, time.getSecond(), 10).append('.');
    return digits(text, (int) Math.floorMod(epochMillis, 1000L), 100).append('Z').toString();
  }

  private static StringBuilder digits(StringBuilder text, int value, int highest) {
    for (int unit = highest; unit > 0; unit /= 10) {
      text.append((char) ('0' + value / unit % 10));
    }
    return text;
  }

  /**
   * Reads ISO-8601, with or without a zone (then UTC): older services wrote both.
   *
   * @return milliseconds since the epoch; 0 when the text is no time
   */
  static long parseTime(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeException withoutZone) {
      try {
        return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli();
      } catch (DateTimeException noTime) {
        return 0;
      }
    }
  }

  /** Produces a document. */
  interface Writer {
    void write(JsonGenerator json) throws IOException;
  }
}
