package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.storage.DeleteResult;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The bucket: what really happened, in the order in which it happened. */
final class SimStore {
  private static final Map<String, String> DIGESTS = new ConcurrentHashMap<>();

  private final World world;
  private final TreeMap<String, Stored> objects = new TreeMap<>();

  /** The first object that ever had each log number: the true log. */
  final TreeMap<Long, Buffer> trueLog = new TreeMap<>();

  /** Every state that each file has had, oldest first. */
  final Map<String, List<Stored>> histories = new HashMap<>();

  private final Observer observer;

  /** Whether every write gets an ETag of its own; then deletes have conditions, too. */
  boolean uniqueEtags;

  private long writes;

  /** Hears of what matters to the checker. */
  interface Observer {
    void checkpointWritten(Buffer bytes);

    /**
     * A file, or its tombstone, was written.
     *
     * @param before null when there was nothing
     * @param again whether the state that was replaced had come back after being replaced before
     */
    void fileWritten(@Nullable Stored before, Stored after, boolean again);
  }

  SimStore(World world, Observer observer) {
    this.world = world;
    this.observer = observer;
  }

  record Stored(ObjectHead head, Buffer bytes) {
    String meta(String name) {
      return head.metadata().getOrDefault(name, "");
    }
  }

  @Nullable Stored get(String key) {
    return objects.get(key);
  }

  PutResult put(String key, Buffer bytes, ObjectAttributes attributes, WriteCondition condition) {
    Stored before = objects.get(key);
    if (condition instanceof WriteCondition.IfAbsent && before != null) {
      return PutResult.REFUSED;
    }
    if (condition instanceof WriteCondition.IfEtag expected) {
      if (before == null) {
        return PutResult.ABSENT;
      }
      if (!before.head().etag().equals(expected.etag())) {
        return PutResult.REFUSED;
      }
    }
    String etag = uniqueEtags ? "%032x".formatted(++writes) : digest(bytes);
    long now = world.nowMillis();
    Stored after =
        new Stored(
            new ObjectHead(
                key,
                etag,
                bytes.length(),
                now / 1000 * 1000,
                now,
                attributes.contentType(),
                attributes.metadata()),
            bytes);
    objects.put(key, after);
    noteWrite(key, before, after);
    return PutResult.stored(etag);
  }

  private static String digest(Buffer bytes) {
    return bytes.length() < 16
        ? DIGESTS.computeIfAbsent(bytes.toString(), text -> Md5.of(bytes.getBytes()))
        : Md5.of(bytes.getBytes());
  }

  private void noteWrite(String key, @Nullable Stored before, Stored after) {
    int log = key.indexOf(".sync-log/");
    if (log >= 0) {
      long seq = Long.parseLong(key, log + 10, log + 30, 10);
      trueLog.putIfAbsent(seq, after.bytes());
    } else if (key.endsWith(".sync-index.json")) {
      observer.checkpointWritten(after.bytes());
    } else {
      List<Stored> states = histories.computeIfAbsent(key, k -> new ArrayList<>());
      String replaced = before == null ? "" : before.meta("write-id");
      long times = states.stream().filter(s -> s.meta("write-id").equals(replaced)).count();
      states.add(after);
      observer.fileWritten(before, after, times > 1);
    }
  }

  DeleteResult delete(String key) {
    return delete(key, new WriteCondition.None());
  }

  DeleteResult delete(String key, WriteCondition condition) {
    Stored before = objects.get(key);
    if (condition instanceof WriteCondition.IfEtag expected) {
      if (before == null) {
        return DeleteResult.ABSENT;
      }
      if (!before.head().etag().equals(expected.etag())) {
        return DeleteResult.REFUSED;
      }
    }
    objects.remove(key);
    return DeleteResult.DELETED;
  }

  Listing list(String prefix, String startAfter, int limit) {
    List<Listing.Item> found = new ArrayList<>();
    String from = startAfter.compareTo(prefix) > 0 ? startAfter : prefix;
    boolean truncated = false;
    for (Stored stored : objects.tailMap(from, false).values()) {
      ObjectHead head = stored.head();
      if (!head.key().startsWith(prefix)) {
        break;
      }
      if (found.size() == limit) {
        truncated = true;
        break;
      }
      found.add(new Listing.Item(head.key(), head.etag(), head.size(), head.lastModified()));
    }
    return new Listing(found, truncated, world.nowMillis());
  }

  /** Every file's present state, without the index's own objects. */
  List<Stored> files() {
    return objects.values().stream().filter(o -> !o.head().key().contains(".sync-")).toList();
  }
}
