package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.index.IndexService;
import dev.memoryproxy.storage.StorageService.BlobInfo;
import io.vertx.core.Future;
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
    return new BlobWriter(store, index, prefix, time, backoff, writeIds, trustsEmptyEtags);
  }

  /** The production way to look at a file. */
  public static Function<BlobAddress, Future<BlobInfo>> reader(
      ObjectStore store, IndexService index, String prefix, TimeSource time) {
    return new BlobReader(store, index, prefix, time, new BlobDigests(store))::head;
  }
}
