package dev.memoryproxy.index;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The objects of a namespace as a service leaves them that wrote its files and was stopped. */
public final class NamespaceSeed {
  private static final long VERSION = 1_767_225_600_000L;

  private NamespaceSeed() {}

  /**
   * An object.
   *
   * @param metadata user metadata
   */
  public record Seed(String key, Buffer content, Map<String, String> metadata) {}

  /**
   * Files, the log object that lists them, and the checkpoint.
   *
   * @param storePrefix the deployment's prefix without a trailing slash
   */
  public static List<Seed> of(String storePrefix, Namespace namespace, int files) {
    String root = namespace.keyRoot(storePrefix);
    List<Seed> objects = new ArrayList<>();
    List<LogRecord> records = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      String path = "session-" + i + "/notes.md";
      byte[] content = (namespace.name() + " " + path).getBytes(StandardCharsets.UTF_8);
      String md5 = Md5.of(content);
      long version = VERSION + i;
      records.add(
          new LogRecord(
              LogRecord.Type.DONE,
              path,
              md5,
              0,
              version,
              md5,
              md5,
              content.length,
              version,
              false,
              false));
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("content-md5", md5);
      metadata.put("is-deleted", "false");
      metadata.put("version", Long.toString(version));
      metadata.put("namespace", namespace.name());
      metadata.put("write-id", md5);
      objects.add(new Seed(root + path, Buffer.buffer(content), metadata));
    }
    LogBatch batch =
        new LogBatch(
            Md5.of(root.getBytes(StandardCharsets.UTF_8)), "seed", VERSION + files, records);
    IndexState state = new IndexState(EnumSet.noneOf(Rule.class));
    state.apply(batch);
    objects.add(
        new Seed(
            root + LogStore.DIRECTORY + "0".repeat(19) + "1.json",
            LogCodec.encode(batch),
            Map.of()));
    try (IndexState.Snapshot snapshot = state.snapshot()) {
      objects.add(
          new Seed(root + CheckpointStore.NAME, CheckpointCodec.encode(snapshot), Map.of()));
    }
    return objects;
  }
}
