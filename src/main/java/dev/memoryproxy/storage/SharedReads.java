package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.Mark;
import dev.memoryproxy.storage.BlobReader.Found;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads small files once for many readers. Every reader is shown what was acknowledged anywhere
 * before it came, and it is shown what was read for others only where one of these proves that:
 *
 * <ul>
 *   <li>the store was asked after the reader came, or
 *   <li>the index, asked after the reader came, lists the very write that was read.
 * </ul>
 *
 * <p>What other tools change in the bucket the index learns of when somebody looks at the object;
 * so whatever was seen counts for {@value #TRUSTED_MILLIS} ms only. A file that nobody else reads
 * costs one request to the store, as it would without this class; large files are streamed to each
 * reader.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
final class SharedReads {
  /** The largest file that is read whole and kept. */
  static final int MAX_BODY = 64 * 1024;

  /** How long the store need not be asked about what other tools may have changed. */
  static final long TRUSTED_MILLIS = 60_000;

  /** After that long new readers wait no longer for a request that others made. */
  private static final long OVERDUE_MILLIS = 2_000;

  private static final int TRIES = 3;

  private final BlobReader reader;
  private final CurrentEntries index;
  private final ReadCache cache;
  private final TimeSource time;
  private final boolean believesOlderReads;
  private final Map<BlobAddress, Flight> flights = new HashMap<>();
  private long moments;

  SharedReads(BlobReader reader, CurrentEntries index, ReadCache cache, TimeSource time) {
    this(reader, index, cache, time, false);
  }

  /**
   * @param believesOlderReads breaks the rule that a request to the store proves nothing to readers
   *     that came after it began; tests show by it that the rule is needed
   */
  SharedReads(
      BlobReader reader,
      CurrentEntries index,
      ReadCache cache,
      TimeSource time,
      boolean believesOlderReads) {
    this.believesOlderReads = believesOlderReads;
    this.reader = reader;
    this.index = index;
    this.cache = cache;
    this.time = time;
  }

  /** A request for a file that any number of readers wait for. */
  private final class Flight {
    private final long started = ++moments;
    private final Mark mark = Mark.now(time);

    /** What was seen, with its body; empty when the file is too large to share. */
    private final Promise<Optional<SeenBlob>> landed = Promise.promise();

    /** The large file, for the one reader that asked for it. */
    private @Nullable Found large;

    private Future<Optional<SeenBlob>> landed() {
      return landed.future();
    }
  }

  /** Opens a live file; fails with {@code NOT_FOUND}. */
  Future<OpenBlob> open(BlobAddress address) {
    if (cache.isOff()) {
      return reader.open(address);
    }
    long arrival = ++moments;
    SeenBlob seen = cache.get(address);
    if (seen != null && seen.state().size() > MAX_BODY) {
      return openLarge(address);
    }
    boolean known = seen != null && seen.body() != null && isTrusted(seen);
    if (!known && !flights.containsKey(address)) {
      return take(address, start(address));
    }
    return index
        .of(address)
        .compose(
            entry -> {
              SeenBlob listed = listed(address, seen, entry);
              return listed != null && listed.body() != null
                  ? Future.succeededFuture(opened(address, listed, entry))
                  : fetch(address, arrival, entry);
            });
  }

  /** What is known of a live file; fails with {@code NOT_FOUND}. */
  Future<BlobInfo> head(BlobAddress address) {
    if (cache.isOff()) {
      return reader.head(address);
    }
    SeenBlob seen = cache.get(address);
    if (seen == null || !isTrusted(seen)) {
      return look(address);
    }
    return index
        .of(address)
        .compose(
            entry -> {
              SeenBlob listed = listed(address, seen, entry);
              return listed == null
                  ? look(address)
                  : Future.succeededFuture(info(address, listed, entry));
            });
  }

  private Future<BlobInfo> look(BlobAddress address) {
    Mark at = Mark.now(time);
    return reader
        .look(address)
        .map(
            state -> {
              cache.put(address, new SeenBlob(state, null, at));
              return BlobReader.info(address, state);
            })
        .onFailure(failure -> cache.remove(address));
  }

  /** Opens a range of a file in the state that was seen; empty when it has changed since. */
  Future<Optional<OpenBlob>> openRange(BlobInfo info, long first, long last) {
    SeenBlob seen = cache.get(info.address());
    Buffer body = seen != null && seen.isShownAs(info) ? seen.body() : null;
    if (body == null || last >= body.length()) {
      return reader.openRange(info, first, last);
    }
    Buffer range = body.slice((int) first, (int) last + 1);
    return Future.succeededFuture(Optional.of(new OpenBlob(info, new BlobContent.InMemory(range))));
  }

  /** Has a file written, and keeps it for its first readers when it is on record. */
  Future<Written> put(PutCommand command, Function<PutCommand, Future<Written>> write) {
    Mark before = Mark.now(time);
    return write
        .apply(command)
        .onSuccess(
            written -> {
              // What was there already may be packed differently, or be of another type.
              if (written.made()) {
                keep(command, written.entry(), before);
              }
            })
        .onFailure(failure -> forget(command.address()));
  }

  private void keep(PutCommand command, IndexEntry entry, Mark before) {
    StoredBlob state =
        new StoredBlob(
            entry.etag(),
            entry.md5(),
            entry.size(),
            entry.version(),
            entry.writeId(),
            false,
            entry.lastModified(),
            command.contentType());
    Buffer body = null;
    if (command.payload() instanceof Payload.InMemory payload && payload.size() <= MAX_BODY) {
      // As it came it may keep more memory than its bytes.
      body = Buffer.buffer(payload.bytes().getBytes());
    }
    cache.put(command.address(), new SeenBlob(state, body, before));
  }

  /** A change through this process may have made what was seen past. */
  void forget(BlobAddress address) {
    cache.remove(address);
  }

  private boolean isTrusted(SeenBlob seen) {
    return seen.at().elapsedMillis(time) < TRUSTED_MILLIS;
  }

  /**
   * What was seen of a file, now or when the reader came, if the index lists that very write and
   * other tools have had no time to change it.
   */
  private @Nullable SeenBlob listed(
      BlobAddress address, @Nullable SeenBlob before, Optional<IndexEntry> entry) {
    SeenBlob now = cache.get(address);
    SeenBlob seen = now == null ? before : now;
    return seen != null && entry.isPresent() && seen.isListedAs(entry.get()) && isTrusted(seen)
        ? seen
        : null;
  }

  /** Lets a reader that came at a moment have the result of a request that proves itself for it. */
  private Future<OpenBlob> fetch(BlobAddress address, long arrival, Optional<IndexEntry> entry) {
    Flight flight = flights.get(address);
    if (flight == null || flight.mark.elapsedMillis(time) > OVERDUE_MILLIS) {
      return take(address, start(address));
    }
    if (flight.started > arrival || believesOlderReads) {
      return share(address, flight);
    }
    return flight
        .landed()
        .transform(
            landed -> {
              Optional<SeenBlob> seen = landed.succeeded() ? landed.result() : Optional.empty();
              return seen.isPresent() && entry.isPresent() && seen.get().isListedAs(entry.get())
                  ? Future.succeededFuture(opened(address, seen.get(), entry))
                  : fetch(address, arrival, entry);
            });
  }

  private Future<OpenBlob> share(BlobAddress address, Flight flight) {
    return flight
        .landed()
        .compose(
            seen ->
                seen.isPresent()
                    ? Future.succeededFuture(opened(address, seen.get(), Optional.empty()))
                    : openLarge(address));
  }

  private Future<OpenBlob> take(BlobAddress address, Flight flight) {
    return flight
        .landed()
        .compose(
            seen ->
                seen.isPresent()
                    ? Future.succeededFuture(opened(address, seen.get(), Optional.empty()))
                    : reader.open(address, Objects.requireNonNull(flight.large)));
  }

  private Flight start(BlobAddress address) {
    Flight flight = new Flight();
    flights.put(address, flight);
    // Whatever read throws must end the flight, or its file could never be read again.
    Future.succeededFuture()
        .compose(ready -> read(address, flight, 1))
        .onComplete(
            done -> {
              flights.remove(address, flight);
              if (done.failed()) {
                cache.remove(address);
              }
              flight.landed.handle(done);
            });
    return flight;
  }

  private Future<Optional<SeenBlob>> read(BlobAddress address, Flight flight, int attempt) {
    return reader
        .find(address)
        .compose(
            found -> {
              if (found.content().length() > MAX_BODY || needsUnpacking(found)) {
                flight.large = found;
                remember(address, found, flight.mark);
                return Future.succeededFuture(Optional.empty());
              }
              return found
                  .content()
                  .bytes()
                  .map(body -> Optional.of(keep(address, found.blob(), body, flight.mark)))
                  .recover(
                      broken ->
                          // Nobody has been sent anything yet.
                          attempt < TRIES && broken instanceof StoreException e && e.retryable()
                              ? read(address, flight, attempt + 1)
                              : Future.failedFuture(broken));
            });
  }

  /** Its MD5 is not that of its bytes, so the reader has to find it out. */
  private static boolean needsUnpacking(Found found) {
    return found.blob().md5() == null && UnpackedDigest.isMarked(found.content().head());
  }

  private SeenBlob keep(BlobAddress address, StoredBlob blob, Buffer body, Mark at) {
    StoredBlob state = blob.md5() == null ? blob.withMd5(Md5.of(body.getBytes())) : blob;
    SeenBlob seen = new SeenBlob(state, body, at);
    cache.put(address, seen);
    return seen;
  }

  /** Large files are not shared, but that they are large saves their readers a wait. */
  private Future<OpenBlob> openLarge(BlobAddress address) {
    Mark at = Mark.now(time);
    return reader
        .find(address)
        .onFailure(failure -> cache.remove(address))
        .compose(
            found -> {
              remember(address, found, at);
              return reader.open(address, found);
            });
  }

  private void remember(BlobAddress address, Found found, Mark at) {
    if (found.blob().md5() == null || found.blob().size() <= MAX_BODY) {
      cache.remove(address);
    } else {
      cache.put(address, new SeenBlob(found.blob(), null, at));
    }
  }

  private static OpenBlob opened(BlobAddress address, SeenBlob seen, Optional<IndexEntry> entry) {
    return new OpenBlob(
        info(address, seen, entry), new BlobContent.InMemory(Objects.requireNonNull(seen.body())));
  }

  /** Of the two the index shows the time that {@code GET /sync} shows. */
  private static BlobInfo info(BlobAddress address, SeenBlob seen, Optional<IndexEntry> entry) {
    StoredBlob state = seen.state();
    return new BlobInfo(
        address,
        Objects.requireNonNull(state.md5()),
        state.etag(),
        state.size(),
        state.version(),
        entry.map(IndexEntry::lastModified).orElse(state.lastModified()),
        state.contentType());
  }
}
