package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.memoryproxy.blob.BlobPath;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.function.Function;

/** The JSON in which clients read the index, whole or in part. */
public final class PublishedIndex {
  private PublishedIndex() {}

  /**
   * The index as the answer to a write shows it: the written path and nothing else. A client that
   * takes it for its picture of the server then learns what it wrote and forgets nothing it holds.
   *
   * @param indexVersion one that shows the entry
   */
  public static Buffer ofOne(BlobPath path, IndexEntry entry, long indexVersion) {
    return Json.write(
        400,
        json -> {
          json.writeStartObject();
          writeFields(json, new String[] {path.toString()}, any -> entry, indexVersion);
          json.writeEndObject();
        });
  }

  /** The fields of an index, into an object that is open. */
  static void writeFields(
      JsonGenerator json,
      String[] paths,
      Function<String, ? extends PublishedEntry> entries,
      long indexVersion)
      throws IOException {
    json.writeObjectFieldStart("files");
    for (String path : paths) {
      json.writeObjectFieldStart(path);
      writeEntry(json, entries.apply(path));
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeStringField("index_last_modified", Json.time(indexVersion));
    json.writeNumberField("index_version", indexVersion);
  }

  /** The fields of an entry, into an object that is open. */
  static void writeEntry(JsonGenerator json, PublishedEntry entry) throws IOException {
    json.writeStringField("md5", entry.md5());
    json.writeStringField("last_modified", Json.time(entry.lastModified()));
    json.writeNumberField("size", entry.size());
    json.writeNumberField("version", entry.version());
    json.writeBooleanField("is_deleted", entry.deleted());
  }
}
