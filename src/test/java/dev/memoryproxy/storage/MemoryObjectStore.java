package dev.memoryproxy.storage;

import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.TimeSource;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The store's contract in memory, as S3 keeps it: ETag = MD5, times in whole seconds. Needs no
 * Vert.x: without a current context every future is complete when it is returned, so a simulation
 * over it is deterministic.
 */
public final class MemoryObjectStore implements ObjectStore {
  private static final int MAX_KEY_BYTES = 1024;
  private static final int MAX_METADATA_BYTES = 2048;

  /**
   * Order of UTF-8 bytes: UTF-16's, except that surrogates (code points from U+10000) come last.
   */
  private static final Comparator<String> UTF8_ORDER =
      (left, right) -> {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
          char l = left.charAt(i);
          char r = right.charAt(i);
          if (l != r) {
            return Character.isSurrogate(l) == Character.isSurrogate(r)
                ? Character.compare(l, r)
                : Boolean.compare(Character.isSurrogate(l), Character.isSurrogate(r));
          }
        }
        return Integer.compare(left.length(), right.length());
      };

  private final TimeSource time;
  private final NavigableMap<String, Stored> objects = new TreeMap<>(UTF8_ORDER);
  private int unreleased;

  private record Stored(ObjectHead head, Buffer bytes) {}

  public MemoryObjectStore(TimeSource time) {
    this.time = time;
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return answer(() -> Optional.ofNullable(objects.get(key)).map(found -> headNow(found.head())));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return answer(
        () ->
            Optional.ofNullable(objects.get(key))
                .map(found -> open(found, 0, found.bytes().length())));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return answer(
        () ->
            Optional.ofNullable(objects.get(key))
                .filter(found -> found.head().etag().equals(etag))
                .map(found -> openRange(found, first, last)));
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    return answer(
        () -> {
          checkKey(key);
          checkMetadata(attributes.metadata());
          Buffer bytes = bytesOf(payload);
          Stored current = objects.get(key);
          if (condition instanceof WriteCondition.IfAbsent && current != null) {
            return PutResult.REFUSED;
          }
          if (condition instanceof WriteCondition.IfEtag match) {
            if (current == null) {
              return PutResult.ABSENT;
            }
            if (!current.head().etag().equals(match.etag())) {
              return PutResult.REFUSED;
            }
          }
          String etag = Md5.of(bytes.getBytes());
          long now = time.wallMillis();
          objects.put(
              key,
              new Stored(
                  new ObjectHead(
                      key,
                      etag,
                      bytes.length(),
                      Math.floorDiv(now, 1000L) * 1000,
                      now,
                      attributes.contentType(),
                      attributes.metadata()),
                  bytes));
          return PutResult.stored(etag);
        });
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return answer(
        () -> {
          if (condition instanceof WriteCondition.IfAbsent) {
            throw new IllegalArgumentException("a delete takes no IfAbsent");
          }
          Stored current = objects.get(key);
          if (current == null) {
            return DeleteResult.ABSENT;
          }
          if (condition instanceof WriteCondition.IfEtag match
              && !current.head().etag().equals(match.etag())) {
            return DeleteResult.REFUSED;
          }
          objects.remove(key);
          return DeleteResult.DELETED;
        });
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return answer(
        () -> {
          if (limit < 1 || limit > 1000) {
            throw new IllegalArgumentException("limit " + limit + " is not 1 to 1,000");
          }
          boolean fromPrefix = UTF8_ORDER.compare(prefix, startAfter) > 0;
          List<Listing.Item> page = new ArrayList<>();
          boolean truncated = false;
          for (Stored stored :
              objects.tailMap(fromPrefix ? prefix : startAfter, fromPrefix).values()) {
            ObjectHead head = stored.head();
            if (!head.key().startsWith(prefix)) {
              break;
            }
            if (page.size() == limit) {
              truncated = true;
              break;
            }
            page.add(new Listing.Item(head.key(), head.etag(), head.size(), head.lastModified()));
          }
          return new Listing(page, truncated, time.wallMillis());
        });
  }

  @Override
  public boolean conditionalDeletes() {
    return true;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  /** Contents that were opened and then neither streamed, read nor discarded. */
  public synchronized int unreleased() {
    return unreleased;
  }

  private interface Answer<T> {
    T get() throws IOException;
  }

  private synchronized <T> Future<T> answer(Answer<T> operation) {
    try {
      return Future.succeededFuture(operation.get());
    } catch (StoreException e) {
      return Future.failedFuture(e);
    } catch (IOException | IllegalArgumentException e) {
      return Future.failedFuture(
          new StoreException(StoreException.Kind.OTHER, String.valueOf(e.getMessage()), e));
    }
  }

  private ObjectHead headNow(ObjectHead head) {
    return new ObjectHead(
        head.key(),
        head.etag(),
        head.size(),
        head.lastModified(),
        time.wallMillis(),
        head.contentType(),
        head.metadata());
  }

  private ObjectContent openRange(Stored found, long first, long last) {
    if (first < 0 || last < first || last >= found.bytes().length()) {
      throw new IllegalArgumentException(
          "range " + first + "-" + last + " of " + found.bytes().length() + " bytes");
    }
    return open(found, (int) first, (int) last + 1);
  }

  private ObjectContent open(Stored found, int from, int to) {
    unreleased++;
    return new MemoryContent(headNow(found.head()), found.bytes(), from, to);
  }

  private synchronized void released() {
    unreleased--;
  }

  private static Buffer bytesOf(Payload payload) throws IOException {
    if (payload instanceof Payload.InMemory memory) {
      return memory.bytes().copy();
    }
    byte[] bytes = Files.readAllBytes(((Payload.Spooled) payload).file());
    if (bytes.length != payload.size()) {
      throw new IOException(
          "the spooled file has " + bytes.length + " bytes, not " + payload.size());
    }
    return Buffer.buffer(bytes);
  }

  private static void checkKey(String key) {
    int length = key.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException("a key of " + length + " bytes: 1 to " + MAX_KEY_BYTES);
    }
  }

  private static void checkMetadata(Map<String, String> metadata) {
    int total = 0;
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      if (!entry.getKey().matches("[!-@\\[-~]+") || !entry.getValue().matches("[ -~]*")) {
        throw new IllegalArgumentException("metadata that S3 refuses: " + entry);
      }
      total += entry.getKey().length() + entry.getValue().length();
    }
    if (total > MAX_METADATA_BYTES) {
      throw new IllegalArgumentException("metadata of " + total + " bytes, S3 takes 2 KB");
    }
  }

  private final class MemoryContent implements ObjectContent {
    private final ObjectHead head;
    private final Buffer bytes;
    private final int from;
    private final int to;
    private boolean taken;

    MemoryContent(ObjectHead head, Buffer bytes, int from, int to) {
      this.head = head;
      this.bytes = bytes;
      this.from = from;
      this.to = to;
    }

    @Override
    public ObjectHead head() {
      return head;
    }

    @Override
    public long length() {
      return (long) to - from;
    }

    @Override
    public ReadStream<Buffer> stream() {
      take();
      return new MemoryReadStream(bytes, from, to);
    }

    @Override
    public Future<Buffer> bytes() {
      take();
      return Future.succeededFuture(bytes.getBuffer(from, to));
    }

    @Override
    public void discard() {
      take();
    }

    private void take() {
      if (taken) {
        throw new IllegalStateException("the content of " + head.key() + " is used a second time");
      }
      taken = true;
      released();
    }
  }
}
