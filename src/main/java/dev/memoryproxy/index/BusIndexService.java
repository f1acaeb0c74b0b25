package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.bus.LocalBus;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
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
    return bus.nested(new Lookup(namespace, path));
  }

  @Override
  public Future<Map<BlobPath, IndexEntry>> current(Namespace namespace, Set<BlobPath> paths) {
    return bus.nested(new Current(namespace, paths));
  }

  @Override
  public Future<Recorded> record(Namespace namespace, Change change) {
    return bus.nested(new RecordChange(namespace, change));
  }

  @Override
  public Future<SyncDocument> document(
      Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {
    return bus.call(new Document(namespace, query, accepted));
  }

  @Override
  public Future<SyncDocument> namespaces(
      Predicate<Namespace> visible, List<ContentCoding> accepted) {
    return bus.call(new Namespaces(visible, accepted));
  }

  @Override
  public void suspect(Namespace namespace, BlobPath path) {
    // Only a hint: the daily comparison finds what a lost one would have shown.
    bus.nested(new Suspect(namespace, path))
        .onFailure(lost -> LOG.debug("{} will be looked into later", path, lost));
  }

  record Lookup(Namespace namespace, BlobPath path) {}

  record Current(Namespace namespace, Set<BlobPath> paths) {}

  record RecordChange(Namespace namespace, Change change) {}

  record Document(Namespace namespace, SyncView.Query query, List<ContentCoding> accepted) {}

  record Namespaces(Predicate<Namespace> visible, List<ContentCoding> accepted) {}

  record Suspect(Namespace namespace, BlobPath path) {}
}
