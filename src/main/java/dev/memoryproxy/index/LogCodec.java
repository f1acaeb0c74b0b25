package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Log objects as JSON: {@code {"format":1,"batch_id","writer","index_version","records":[…]}}. The
 * format comes first, so that even half an object of a newer release is recognised as such.
 */
final class LogCodec {
  private static final int FORMAT = 1;
  private static final int DECODED_IN_PLACE = 64 * 1024;

  private LogCodec() {}

  static Buffer encode(LogBatch batch) {
    return Json.write(
        200 + 400 * batch.records().size(),
        json -> {
          json.writeStartObject();
          json.writeNumberField("format", FORMAT);
          json.writeStringField("batch_id", batch.id());
          json.writeStringField("writer", batch.writer());
          json.writeNumberField("index_version", batch.indexVersion());
          json.writeArrayFieldStart("records");
          for (LogRecord made : batch.records()) {
            write(json, made);
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  private static void write(JsonGenerator json, LogRecord made) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", made.type().wire);
    json.writeStringField("path", made.path());
    if (made.writeId() != null) {
      json.writeStringField("write_id", made.writeId());
    }
    json.writeNumberField("prev", made.prev());
    json.writeNumberField("version", made.version());
    json.writeStringField("md5", made.md5());
    if (!made.etag().equals(made.md5())) {
      json.writeStringField("etag", made.etag());
    }
    json.writeNumberField("size", made.size());
    json.writeStringField("last_modified", Json.time(made.lastModified()));
    json.writeBooleanField("is_deleted", made.deleted());
    if (made.healed()) {
      json.writeBooleanField("healed", true);
    }
    json.writeEndObject();
  }

  /**
   * Reads a log object. Records of types that this release does not know are announcements, not
   * changes, and are left out.
   */
  static LogBatch decode(Buffer bytes) throws UnreadableException {
    try (JsonParser json = Json.openObject(bytes.getBytes())) {
      Draft draft = new Draft();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        draft.read(field, json);
      }
      Json.close(json);
      return draft.finish();
    } catch (IOException | IllegalArgumentException e) {
      throw UnreadableException.corrupt("not a log object: " + e.getMessage(), e);
    }
  }

  /** The same, elsewhere when it takes long. */
  static Future<LogBatch> decode(Buffer bytes, Offload offload) {
    if (bytes.length() > DECODED_IN_PLACE) {
      return offload.run(() -> decode(bytes));
    }
    try {
      return Future.succeededFuture(decode(bytes));
    } catch (UnreadableException damage) {
      return Future.failedFuture(damage);
    }
  }

  private static final class Draft {
    private int format;
    private @Nullable String id;
    private String writer = "";
    private long indexVersion;
    private @Nullable List<LogRecord> records;

    void read(String field, JsonParser json) throws IOException, UnreadableException {
      switch (field) {
        case "format" -> {
          format = json.getIntValue();
          if (format > FORMAT) {
            throw UnreadableException.newer(format);
          }
        }
        case "batch_id" -> id = json.getText();
        case "writer" -> writer = json.getText();
        case "index_version" -> indexVersion = json.getLongValue();
        case "records" -> records = readRecords(json);
        default -> json.skipChildren();
      }
    }

    LogBatch finish() throws UnreadableException {
      if (format < 1 || id == null || records == null) {
        throw UnreadableException.corrupt("a field of the log object is missing", null);
      }
      return new LogBatch(id, writer, indexVersion, records);
    }
  }

  private static List<LogRecord> readRecords(JsonParser json)
      throws IOException, UnreadableException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw UnreadableException.corrupt("records are not a list", null);
    }
    List<LogRecord> records = new ArrayList<>();
    while (json.nextToken() == JsonToken.START_OBJECT) {
      LogRecord made = readRecord(json);
      if (made != null) {
        records.add(made);
      }
    }
    if (json.currentToken() != JsonToken.END_ARRAY) {
      throw UnreadableException.corrupt("a record is not an object", null);
    }
    return records;
  }

  private static @Nullable LogRecord readRecord(JsonParser json)
      throws IOException, UnreadableException {
    EntryFields fields = new EntryFields();
    String type = "";
    String path = "";
    boolean healed = false;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "type" -> type = json.getText();
        case "path" -> path = json.getText();
        case "healed" -> healed = json.getBooleanValue();
        default -> fields.read(field, json);
      }
    }
    for (LogRecord.Type known : LogRecord.Type.values()) {
      if (known.wire.equals(type)) {
        if (path.isEmpty() || fields.version < 1 || Md5.parse(fields.md5).isEmpty()) {
          throw UnreadableException.corrupt("a record's path, version or md5 is wrong", null);
        }
        return new LogRecord(
            known,
            path,
            fields.writeId,
            fields.prev,
            fields.version,
            fields.md5,
            fields.etag == null ? fields.md5 : fields.etag,
            fields.size,
            fields.lastModified,
            fields.deleted,
            healed);
      }
    }
    return null;
  }
}
