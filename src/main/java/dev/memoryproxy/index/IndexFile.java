package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.ProxyError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The index as JSON: the published document, and the file {@code .sync-index.json}, which is the
 * same plus what this service needs to go on from it.
 *
 * <p>Reading takes the older service's file as well, whose entries have no {@code version}.
 */
final class IndexFile {
  private static final JsonFactory JSON = new JsonFactory();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private IndexFile() {}

  /**
   * An index at one moment.
   *
   * @param batch identifies the commit that wrote it; null when another service did
   */
  record State(Map<BlobPath, IndexEntry> files, long indexVersion, @Nullable String batch) {
    static final State EMPTY = new State(Map.of(), 0, null);
  }

  static byte[] published(State state) {
    return encode(state, false);
  }

  static byte[] stored(State state) {
    return encode(state, true);
  }

  private static byte[] encode(State state, boolean stored) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256 + state.files().size() * 200);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeObjectFieldStart("files");
      for (Map.Entry<BlobPath, IndexEntry> file : state.files().entrySet()) {
        json.writeObjectFieldStart(file.getKey().toString());
        encodeEntry(json, file.getValue(), stored);
        json.writeEndObject();
      }
      json.writeEndObject();
      json.writeStringField("index_last_modified", timestamp(state.indexVersion()));
      json.writeNumberField("index_version", state.indexVersion());
      if (stored && state.batch() != null) {
        json.writeStringField("batch", state.batch());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory does not fail", e);
    }
    return out.toByteArray();
  }

  private static void encodeEntry(JsonGenerator json, IndexEntry entry, boolean stored)
      throws IOException {
    json.writeStringField("md5", entry.md5());
    json.writeStringField("last_modified", timestamp(entry.lastModified()));
    json.writeNumberField("size", entry.size());
    json.writeNumberField("version", entry.version());
    json.writeBooleanField("is_deleted", entry.deleted());
    if (stored) {
      json.writeStringField("etag", entry.etag());
      json.writeNumberField("index_version", entry.indexVersion());
      if (entry.writeId() != null) {
        json.writeStringField("write_id", entry.writeId());
      }
    }
  }

  /** ISO-8601 in UTC with milliseconds. */
  static String timestamp(long millis) {
    return TIME.format(Instant.ofEpochMilli(millis));
  }

  /**
   * @throws IOException when the bytes are no index
   */
  static State decode(byte[] bytes) throws IOException {
    Map<BlobPath, IndexEntry> files = new HashMap<>();
    long indexVersion = 0;
    String batch = null;
    try (JsonParser json = JSON.createParser(bytes)) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "files" -> decodeFiles(json, files);
          case "index_version" -> indexVersion = json.getValueAsLong();
          case "batch" -> batch = json.getValueAsString();
          default -> json.skipChildren();
        }
      }
      expect(json, json.currentToken(), JsonToken.END_OBJECT);
    }
    return new State(files, indexVersion, batch);
  }

  private static void decodeFiles(JsonParser json, Map<BlobPath, IndexEntry> files)
      throws IOException {
    expect(json, json.currentToken(), JsonToken.START_OBJECT);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String path = json.currentName();
      expect(json, json.nextToken(), JsonToken.START_OBJECT);
      IndexEntry entry = decodeEntry(json);
      try {
        files.put(BlobPath.parse(path), entry);
      } catch (ProxyError unservable) {
        throw new IOException("the index names a path that cannot be served: " + path, unservable);
      }
    }
    expect(json, json.currentToken(), JsonToken.END_OBJECT);
  }

  private static IndexEntry decodeEntry(JsonParser json) throws IOException {
    String md5 = "";
    String etag = null;
    String writeId = null;
    long lastModified = 0;
    long size = 0;
    long version = 0;
    long indexVersion = 0;
    boolean deleted = false;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      json.nextToken();
      switch (name) {
        case "md5" -> md5 = json.getValueAsString("");
        case "etag" -> etag = json.getValueAsString();
        case "write_id" -> writeId = json.getValueAsString();
        case "last_modified" -> lastModified = parseTime(json.getValueAsString(""));
        case "size" -> size = json.getValueAsLong();
        case "version" -> version = json.getValueAsLong();
        case "index_version" -> indexVersion = json.getValueAsLong();
        case "is_deleted" -> deleted = json.getValueAsBoolean();
        default -> json.skipChildren();
      }
    }
    expect(json, json.currentToken(), JsonToken.END_OBJECT);
    return new IndexEntry(
        md5,
        etag != null ? etag : deleted ? Md5.OF_NOTHING : md5,
        lastModified,
        deleted ? 0 : size,
        version > 0 ? version : Math.max(1, lastModified),
        writeId,
        deleted,
        indexVersion);
  }

  /**
   * Takes an offset, a {@code Z}, or neither, which means UTC: the older service wrote all three.
   */
  private static long parseTime(String text) throws IOException {
    try {
      return DateTimeFormatter.ISO_DATE_TIME.parseBest(
                  text, OffsetDateTime::from, LocalDateTime::from)
              instanceof OffsetDateTime time
          ? time.toInstant().toEpochMilli()
          : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC).toEpochMilli();
    } catch (DateTimeParseException e) {
      throw new IOException("the index has a time that cannot be read: " + text, e);
    }
  }

  private static void expect(JsonParser json, @Nullable JsonToken found, JsonToken expected)
      throws IOException {
    if (found != expected) {
      throw new IOException(
          "the index is no such document: "
              + expected
              + " expected at byte "
              + json.currentLocation().getByteOffset());
    }
  }
}
