package dev.memoryproxy.index;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.memoryproxy.blob.Md5;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Checkpoints as JSON: the published format, plus what a process needs to go on from there. Our own
 * fields come first, so that a newer format is recognised before anything else is.
 *
 * <p>An index without {@code log_seq} is the older service's; its entries may lack {@code version}
 * and then take their modification time for one.
 */
final class CheckpointCodec {
  private static final int FORMAT = 1;

  private CheckpointCodec() {}

  static Buffer encode(IndexState.Snapshot snapshot) {
    Map<String, Entry> entries = snapshot.entries();
    String[] paths = entries.keySet().toArray(new String[0]);
    Arrays.sort(paths);
    int expected = (int) Math.min(Integer.MAX_VALUE / 2, 300L + 300L * paths.length);
    return Json.write(
        expected,
        json -> {
          json.writeStartObject();
          json.writeNumberField("format", FORMAT);
          json.writeNumberField("log_seq", snapshot.claimedSeq());
          json.writeNumberField("delta_floor", snapshot.deltaFloor());
          json.writeNumberField("verified_until", snapshot.verifiedUntil());
          if (snapshot.unverified()) {
            json.writeBooleanField("unverified", true);
          }
          json.writeNumberField("index_version", snapshot.indexVersion());
          json.writeStringField("index_last_modified", Json.time(snapshot.indexVersion()));
          json.writeObjectFieldStart("files");
          writeAll(json, paths, entries, false);
          json.writeEndObject();
          json.writeObjectFieldStart("purged");
          writeAll(json, paths, entries, true);
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  private static void writeAll(
      JsonGenerator json, String[] paths, Map<String, Entry> entries, boolean purged)
      throws IOException {
    for (String path : paths) {
      Entry entry = entries.get(path);
      if (entry != null && entry.purged() == purged) {
        json.writeObjectFieldStart(path);
        PublishedIndex.writeEntry(json, entry);
        writePrivate(json, entry);
        json.writeEndObject();
      }
    }
  }

  private static void writePrivate(JsonGenerator json, Entry entry) throws IOException {
    String etag = entry.etag();
    if (!etag.equals(entry.md5())) {
      json.writeStringField("etag", etag);
    }
    String writeId = entry.writeId();
    if (writeId != null) {
      json.writeStringField("write_id", writeId);
    }
    json.writeNumberField("index_version", entry.indexVersion());
    if (entry.healedPrev() != 0) {
      json.writeNumberField("healed_prev", entry.healedPrev());
    }
  }

  static Checkpoint decode(Buffer bytes) throws UnreadableException {
    try (JsonParser json = Json.openObject(bytes.getBytes())) {
      Draft draft = new Draft();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        draft.read(field, json);
      }
      Json.close(json);
      return draft.finish(bytes.length());
    } catch (IOException | IllegalArgumentException e) {
      throw UnreadableException.corrupt("not a checkpoint: " + e.getMessage(), e);
    }
  }

  private static final class Draft {
    private int format;
    private long seq = -1;
    private long deltaFloor;
    private long verifiedUntil;
    private boolean unverified;
    private long indexVersion;
    private final Map<String, EntryFields> files = new HashMap<>();
    private final Map<String, EntryFields> purged = new HashMap<>();
    private boolean hasFiles;

    void read(String field, JsonParser json) throws IOException, UnreadableException {
      switch (field) {
        case "format" -> {
          format = json.getIntValue();
          if (format > FORMAT) {
            throw UnreadableException.newer(format);
          }
        }
        case "log_seq" -> seq = json.getLongValue();
        case "verified_until" -> verifiedUntil = json.getLongValue();
        case "unverified" -> unverified = json.getBooleanValue();
        case "delta_floor" -> deltaFloor = json.getLongValue();
        case "index_version" -> {
          // The older service wrote none, or null before its first change.
          indexVersion = json.currentToken().isNumeric() ? json.getLongValue() : 0;
        }
        case "files" -> {
          hasFiles = true;
          readFiles(json, files);
        }
        case "purged" -> readFiles(json, purged);
        default -> json.skipChildren();
      }
    }

    Checkpoint finish(long bytes) throws UnreadableException {
      if (!hasFiles) {
        throw UnreadableException.corrupt("no files in the checkpoint", null);
      }
      ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();
      boolean ours = seq >= 0 && format >= 1;
      if (ours) {
        purged.forEach((path, fields) -> entries.put(path, entry(fields, true, 0)));
        files.forEach((path, fields) -> entries.put(path, entry(fields, false, 0)));
        return new Checkpoint(
            true, seq, indexVersion, deltaFloor, verifiedUntil, bytes, entries, unverified);
      }
      return foreign(bytes, entries);
    }

    /** Every process that adopts the same document must make the same state of it. */
    private Checkpoint foreign(long bytes, ConcurrentHashMap<String, Entry> entries) {
      long newest = indexVersion;
      for (EntryFields fields : files.values()) {
        if (fields.version < 1) {
          fields.version = Math.max(1, fields.lastModified);
        }
        newest = Math.max(newest, fields.version);
      }
      for (Map.Entry<String, EntryFields> file : files.entrySet()) {
        if (Md5.parse(file.getValue().md5).isPresent()) {
          entries.put(file.getKey(), entry(file.getValue(), false, newest));
        }
      }
      return new Checkpoint(false, 0, newest, newest, 0, bytes, entries, false);
    }

    private static Entry entry(EntryFields fields, boolean isPurged, long indexVersion) {
      String md5 = Md5.parse(fields.md5).orElseThrow(() -> new IllegalArgumentException("md5"));
      String defaultEtag = fields.deleted && indexVersion != 0 ? Md5.OF_NOTHING : md5;
      return new Entry(
          md5,
          fields.etag == null ? defaultEtag : fields.etag,
          fields.lastModified,
          fields.deleted ? 0 : fields.size,
          fields.version,
          fields.writeId,
          fields.deleted,
          isPurged,
          indexVersion != 0 ? indexVersion : fields.indexVersion,
          fields.healedPrev);
    }
  }

  private static void readFiles(JsonParser json, Map<String, EntryFields> into)
      throws IOException, UnreadableException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw UnreadableException.corrupt("files are not an object", null);
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String path = json.currentName();
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw UnreadableException.corrupt("a file's entry is not an object", null);
      }
      into.put(path, readFields(json));
    }
  }

  private static EntryFields readFields(JsonParser json) throws IOException {
    EntryFields fields = new EntryFields();
    @Nullable String field;
    while ((field = json.nextFieldName()) != null) {
      json.nextToken();
      fields.read(field, json);
    }
    return fields;
  }
}
