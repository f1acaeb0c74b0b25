package dev.memoryproxy.index;

import dev.memoryproxy.storage.DeleteResult;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The log objects of one namespace, by number. */
final class LogStore {
  static final String DIRECTORY = ".sync-log/";
  private static final String SUFFIX = ".json";
  private static final int DIGITS = 20;
  private static final int PAGE = 1000;

  /** A batch has at most a mebibyte of records; a larger object is not ours. */
  private static final long MAX_BYTES = 16 << 20;

  private static final ObjectAttributes ATTRIBUTES =
      new ObjectAttributes("application/json", Map.of());

  private final ObjectStore store;
  private final String prefix;

  /**
   * @param root the namespace's key root, empty or ending in a slash
   */
  LogStore(ObjectStore store, String root) {
    this.store = store;
    this.prefix = root + DIRECTORY;
  }

  /** The log's end part as a listing shows it. */
  record Tail(List<Long> numbers, List<Listing.Item> objects, long storeTime) {
    /** Whether the numbers are {@code first}, {@code first + 1} and so on. */
    boolean runsFrom(long first) {
      for (int i = 0; i < numbers.size(); i++) {
        if (numbers.get(i) != first + i) {
          return false;
        }
      }
      return true;
    }

    long last(long ifEmpty) {
      return numbers.isEmpty() ? ifEmpty : numbers.get(numbers.size() - 1);
    }
  }

  /** An object that is too large to be ours is given as an empty one, which no reader takes. */
  Future<Optional<Buffer>> get(long seq) {
    return store
        .getWhole(key(seq), MAX_BYTES)
        .map(found -> found.map(ObjectStore.WholeObject::bytes))
        .recover(
            failure ->
                failure instanceof StoreException e && e.kind() == StoreException.Kind.TOO_LARGE
                    ? Future.succeededFuture(Optional.of(Buffer.buffer()))
                    : Future.failedFuture(failure));
  }

  Future<PutResult> putIfAbsent(long seq, Buffer batch) {
    return store.put(
        key(seq), new Payload.InMemory(batch), ATTRIBUTES, new WriteCondition.IfAbsent());
  }

  Future<DeleteResult> delete(long seq) {
    return store.delete(key(seq), new WriteCondition.None());
  }

  /** Every log object from {@code first} on; one request for each thousand. */
  Future<Tail> listFrom(long first) {
    return listPage(first <= 1 ? prefix : key(first - 1), new ArrayList<>());
  }

  private Future<Tail> listPage(String startAfter, List<Listing.Item> found) {
    return store
        .list(prefix, startAfter, PAGE)
        .compose(
            page -> {
              found.addAll(page.objects());
              return page.truncated()
                  ? listPage(found.get(found.size() - 1).key(), found)
                  : Future.succeededFuture(tail(found, page.storeTime()));
            });
  }

  private Tail tail(List<Listing.Item> found, long storeTime) {
    List<Long> numbers = new ArrayList<>(found.size());
    List<Listing.Item> objects = new ArrayList<>(found.size());
    for (Listing.Item item : found) {
      long seq = parse(item.key());
      if (seq > 0) {
        numbers.add(seq);
        objects.add(item);
      }
    }
    return new Tail(numbers, objects, storeTime);
  }

  private String key(long seq) {
    String digits = Long.toString(seq);
    return prefix + "0".repeat(DIGITS - digits.length()) + digits + SUFFIX;
  }

  /** The number that a key names; 0 for keys that are not ours. */
  private long parse(String key) {
    String name = key.substring(prefix.length());
    if (name.length() != DIGITS + SUFFIX.length() || !name.endsWith(SUFFIX)) {
      return 0;
    }
    try {
      return Long.parseLong(name, 0, DIGITS, 10);
    } catch (NumberFormatException notOurs) {
      return 0;
    }
  }
}
