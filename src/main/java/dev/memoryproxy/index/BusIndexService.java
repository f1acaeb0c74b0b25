package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.bus.LocalBus;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link IndexService} as a caller on another event loop uses it. */
public final class BusIndexService implements IndexService {
  private static final Logger LOG = LoggerFactory.getLogger(BusIndexService.class);

  private final LocalBus bus;

  /** Calls the {@link IndexVerticle} on this bus. */
  public BusIndexService(LocalBus bus) {
    this.bus = bus;
  }

  @Override
  public Future<Standing> lookup(Namespace namespace, BlobPath path) {
    return bus.call(new Lookup(namespace, path));
  }

  @Override
  public Future<Recorded> record(Namespace namespace, Change change) {
    return bus.call(new RecordChange(namespace, change));
  }

  @Override
  public Future<SyncDocument> document(
      Namespace namespace, SyncView.Query query, ContentCoding coding) {
    return bus.call(new Document(namespace, query, coding));
  }

  @Override
  public void suspect(Namespace namespace, BlobPath path) {
    // Only a hint: the daily comparison finds what a lost one would have shown.
    bus.call(new Suspect(namespace, path))
        .onFailure(lost -> LOG.debug("{} will be looked into later", path, lost));
  }

  record Lookup(Namespace namespace, BlobPath path) {}

  record RecordChange(Namespace namespace, Change change) {}

  record Document(Namespace namespace, SyncView.Query query, ContentCoding coding) {}

  record Suspect(Namespace namespace, BlobPath path) {}
}
