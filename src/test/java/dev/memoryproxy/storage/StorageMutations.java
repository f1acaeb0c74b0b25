package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.index.Scheduler;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import dev.memoryproxy.storage.StorageService.OpenBlob;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Opens the write path to the simulation, which lives in a package of its own. */
public final class StorageMutations {
  private StorageMutations() {}

  /** A writer that may take the ETag of nothing for a state's name. */
  public static BlobWriter writer(
      ObjectStore store,
      IndexService index,
      String prefix,
      TimeSource time,
      Backoff backoff,
      Supplier<String> writeIds,
      boolean trustsEmptyEtags) {
    return new BlobWriter(
        store,
        index,
        prefix,
        time,
        backoff,
        writeIds,
        OwnerLookup.of(store, prefix, index),
        trustsEmptyEtags);
  }

  /** A writer that does not care whose a file is. */
  public static BlobWriter ruthlessWriter(
      ObjectStore store,
      IndexService index,
      String prefix,
      TimeSource time,
      Backoff backoff,
      Supplier<String> writeIds) {
    return new BlobWriter(
        store, index, prefix, time, backoff, writeIds, OwnerLookup.off(store), false);
  }

  /** The production way to read small files; may believe reads that began too early. */
  public static Reads reads(
      ObjectStore store,
      IndexService index,
      Scheduler scheduler,
      String prefix,
      TimeSource time,
      long cacheBytes,
      boolean believesOlderReads) {
    SharedReads shared =
        new SharedReads(
            new BlobReader(store, index, prefix, time, new BlobDigests(store)),
            new CurrentEntries(index, scheduler),
            new ReadCache(cacheBytes),
            time,
            believesOlderReads);
    return new Reads() {
      @Override
      public Future<Shown> open(BlobAddress address) {
        return shared.open(address).compose(StorageMutations::shown);
      }

      @Override
      public Future<Written> put(PutCommand command, BlobWriter writer) {
        return shared.put(command, writer::put);
      }

      @Override
      public Future<Written> delete(BlobAddress address, BlobWriter writer) {
        return writer
            .delete(address, new Precondition.None())
            .onComplete(done -> shared.forget(address));
      }
    };
  }

  private static Future<Shown> shown(OpenBlob blob) {
    return bytes(blob).map(bytes -> new Shown(blob.info(), bytes));
  }

  /** The content of a file that was opened. */
  public static Future<Buffer> bytes(OpenBlob blob) {
    return blob.content() instanceof BlobContent.Streamed streamed
        ? streamed.object().bytes()
        : Future.succeededFuture(((BlobContent.InMemory) blob.content()).bytes());
  }

  /** A file as a reader gets it. */
  public record Shown(BlobInfo info, Buffer bytes) {}

  /** Reads, and the writes that they hear of. */
  public interface Reads {
    /** Reads a file. */
    Future<Shown> open(BlobAddress address);

    /** Writes one. */
    Future<Written> put(PutCommand command, BlobWriter writer);

    /** Deletes one, whatever its state. */
    Future<Written> delete(BlobAddress address, BlobWriter writer);
  }

  /** The production way to look at a file. */
  public static Function<BlobAddress, Future<BlobInfo>> reader(
      ObjectStore store, IndexService index, String prefix, TimeSource time) {
    return new BlobReader(store, index, prefix, time, new BlobDigests(store))::head;
  }

  /** The production way to read a file, or one that does not care whose it is. */
  public static Function<BlobAddress, Future<OpenBlob>> opener(
      ObjectStore store, IndexService index, String prefix, TimeSource time, boolean ruthless) {
    OwnerLookup owners = ruthless ? OwnerLookup.off(store) : OwnerLookup.of(store, prefix, index);
    return new BlobReader(store, index, prefix, time, new BlobDigests(store), owners)::open;
  }
}
