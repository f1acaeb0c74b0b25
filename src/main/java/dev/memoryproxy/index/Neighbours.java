package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Namespace;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of the namespaces around one, for a question that is seldom asked: whether they list
 * an object that does not say whose it is. They are read from the bucket, followed while questions
 * come, and forgotten soon after; nothing is written on their behalf.
 */
final class Neighbours {
  private static final long KEPT_MILLIS = 60_000;

  private final IndexEnvironment environment;
  private final String storePrefix;
  private final Map<Namespace, NamespaceIndex> followed = new HashMap<>();
  private Scheduler.@Nullable Timer forget;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  Neighbours(IndexEnvironment environment, String storePrefix) {
    this.environment = environment;
    this.storePrefix = storePrefix;
  }

  /** Whether the namespace's index, as it is in the bucket now, lists this file as live. */
  Future<Boolean> lists(BlobAddress address) {
    if (forget == null) {
      forget =
          environment
              .scheduler()
              .after(
                  KEPT_MILLIS,
                  () -> {
                    forget = null;
                    followed.clear();
                  });
    }
    return followed
        .computeIfAbsent(
            address.namespace(),
            name -> NamespaceIndex.withoutHousekeeping(environment, storePrefix, name))
        .lists(address.path());
  }
}
