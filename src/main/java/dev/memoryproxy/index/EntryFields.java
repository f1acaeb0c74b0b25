package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The fields that log records and checkpoint entries share, while they are being read. */
final class EntryFields {
  @Nullable String writeId;
  long prev;
  long version;
  String md5 = "";
  @Nullable String etag;
  long size;
  long lastModified;
  boolean deleted;
  long indexVersion;
  long healedPrev;

  /** Takes the field whose value the parser stands on; passes over fields it does not know. */
  void read(String field, JsonParser json) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    switch (field) {
      case "write_id" -> writeId = json.getText();
      case "prev" -> prev = json.getLongValue();
      case "version" -> version = json.getLongValue();
      case "md5" -> md5 = json.getText();
      case "etag" -> etag = json.getText();
      case "size" -> size = json.getLongValue();
      case "last_modified" -> lastModified = Json.parseTime(json.getText());
      case "is_deleted" -> deleted = json.getBooleanValue();
      case "index_version" -> indexVersion = json.getLongValue();
      case "healed_prev" -> healedPrev = json.getLongValue();
      default -> json.skipChildren();
    }
  }
}
