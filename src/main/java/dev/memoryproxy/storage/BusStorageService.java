package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.bus.LocalBus;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/** {@link StorageService} as a caller on another event loop uses it. */
public final class BusStorageService implements StorageService {
  private final LocalBus bus;

  /** Calls the {@link StorageVerticle} on this bus. */
  public BusStorageService(LocalBus bus) {
    this.bus = bus;
  }

  @Override
  public Future<Void> admit(
      BlobAddress address, Precondition precondition, Announcement announced) {
    return bus.call(new Admit(address, precondition, announced));
  }

  @Override
  public Future<Written> put(PutCommand command) {
    return bus.call(command, allowance(command.payload().size()));
  }

  @Override
  public Future<Written> delete(BlobAddress address, Precondition precondition) {
    return bus.call(new Delete(address, precondition));
  }

  @Override
  public Future<BlobInfo> head(BlobAddress address) {
    return bus.call(new Head(address));
  }

  @Override
  public Future<OpenBlob> open(BlobAddress address) {
    return bus.call(new Open(address));
  }

  @Override
  public Future<Optional<OpenBlob>> openRange(BlobInfo info, long first, long last) {
    return bus.call(new OpenRange(info, first, last));
  }

  @Override
  public Future<StorageStatus> check() {
    return bus.nested(new Check());
  }

  /** What a large body may take longer, over several attempts. */
  private static Duration allowance(long bytes) {
    return Duration.ofSeconds(2 * (bytes >> 20));
  }

  record Admit(BlobAddress address, Precondition precondition, Announcement announced) {}

  record Delete(BlobAddress address, Precondition precondition) {}

  record Head(BlobAddress address) {}

  record Open(BlobAddress address) {}

  record OpenRange(BlobInfo info, long first, long last) {}

  record Check() {}
}
