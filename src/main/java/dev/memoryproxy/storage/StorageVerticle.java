package dev.memoryproxy.storage;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.bus.LocalBus;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.VertxIndexEnvironment;
import dev.memoryproxy.storage.BusStorageService.Admit;
import dev.memoryproxy.storage.BusStorageService.Check;
import dev.memoryproxy.storage.BusStorageService.Delete;
import dev.memoryproxy.storage.BusStorageService.Head;
import dev.memoryproxy.storage.BusStorageService.Open;
import dev.memoryproxy.storage.BusStorageService.OpenRange;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.StorageStatus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Serves {@link StorageService} on the event bus. One instance, so that the changes of one path are
 * serialised; everything it does is asynchronous.
 */
public final class StorageVerticle extends VerticleBase {
  /** The bus waits half as long again for a reply. */
  private static final Duration OPEN_LIMIT = Duration.ofSeconds(60);

  private final LocalBus bus;
  private final ObjectStore store;
  private final IndexService index;
  private final String prefix;
  private final boolean singleWriter;
  private final long readCacheBytes;
  private final TimeSource time;
  private final Duration patience;
  private final RandomGenerator random;

  /**
   * @param store shared with the index; closed by whoever opened it
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   * @param singleWriter whether the store lacks conditional writes
   * @param readCacheBytes how much memory may keep what was read; 0 shares nothing between readers
   * @param patience how long a write is tried in all
   * @param random for jitter only; used on this verticle's context
   */
  public StorageVerticle(
      LocalBus bus,
      ObjectStore store,
      IndexService index,
      String prefix,
      boolean singleWriter,
      long readCacheBytes,
      TimeSource time,
      Duration patience,
      RandomGenerator random) {
    this.bus = bus;
    this.store = store;
    this.index = index;
    this.prefix = prefix;
    this.singleWriter = singleWriter;
    this.readCacheBytes = readCacheBytes;
    this.time = time;
    this.patience = patience;
    this.random = random;
  }

  @Override
  public Future<?> start() {
    Backoff backoff =
        Backoff.of(random, delay -> vertx.timer(Math.max(1, delay.toMillis())).mapEmpty())
            .within(patience);
    BlobWriter writer =
        new BlobWriter(
            store,
            index,
            prefix,
            time,
            backoff,
            () -> UUID.randomUUID().toString().replace("-", ""));
    BlobReader reader = new BlobReader(store, index, prefix, time, new BlobDigests(store));
    SharedReads reads =
        new SharedReads(
            reader,
            new CurrentEntries(index, VertxIndexEnvironment.of(vertx, store).scheduler()),
            new ReadCache(readCacheBytes),
            time);
    OpenInTime opening = new OpenInTime(time, OPEN_LIMIT);
    return Future.join(
        List.of(
            bus.serve(
                Admit.class,
                call -> writer.admit(call.address(), call.precondition(), call.announced())),
            bus.serve(PutCommand.class, call -> reads.put(call, writer::put)),
            bus.serve(
                Delete.class,
                call ->
                    writer
                        .delete(call.address(), call.precondition())
                        .onComplete(done -> reads.forget(call.address()))),
            bus.serve(Head.class, call -> reads.head(call.address())),
            bus.serve(Open.class, call -> opening.whole(() -> reads.open(call.address()))),
            bus.serve(
                OpenRange.class,
                call ->
                    opening.part(() -> reads.openRange(call.info(), call.first(), call.last()))),
            bus.serve(Check.class, call -> check())));
  }

  /** The index file need not exist: that the store can say so is the sign of life. */
  private Future<StorageStatus> check() {
    return store
        .head(prefix.isEmpty() ? ".sync-index.json" : prefix + "/.sync-index.json")
        .map(head -> new StorageStatus(singleWriter));
  }
}
