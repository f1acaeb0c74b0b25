package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Keeps one namespace's entry in the registry; belongs to the index's thread. */
final class RegistryAnnouncer implements Announcer {
  private final NamespaceRegistry registry;
  private final Namespace namespace;
  private final Alarms alarms;
  private long announced = -1;
  private @Nullable String key;

  RegistryAnnouncer(NamespaceRegistry registry, Namespace namespace, Alarms alarms) {
    this.registry = registry;
    this.namespace = namespace;
    this.alarms = alarms;
  }

  @Override
  public Future<Void> found() {
    return announced >= 0 ? Future.succeededFuture() : put(NamespaceSummary.NEW);
  }

  @Override
  public void assume(long indexVersion) {
    announced = Math.max(announced, indexVersion);
  }

  @Override
  public Future<Void> announce(NamespaceSummary summary) {
    if (summary.indexVersion() <= announced) {
      return Future.succeededFuture();
    }
    String before = key;
    return put(summary)
        .compose(
            stored -> {
              key = registry.key(namespace, summary);
              return before != null
                  ? registry.delete(before)
                  : registry.deleteBefore(namespace, summary.indexVersion());
            })
        .recover(
            failure -> {
              alarms.raise(
                  Alarms.Kind.BACKGROUND,
                  "The list of namespaces could not be brought up to date for namespace "
                      + namespace
                      + ", which is tried again after its next change: "
                      + failure.getMessage());
              return Future.succeededFuture();
            });
  }

  private Future<Void> put(NamespaceSummary summary) {
    return registry
        .put(registry.key(namespace, summary))
        .onSuccess(stored -> announced = Math.max(announced, summary.indexVersion()));
  }
}
