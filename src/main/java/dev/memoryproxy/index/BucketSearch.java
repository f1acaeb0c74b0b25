package dev.memoryproxy.index;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Finds the namespaces that have an index, with one listing of everything. */
final class BucketSearch {
  private static final int PAGE = 1000;
  private static final String LAST_CHARACTER = "\uDBFF\uDFFF";

  private final ObjectStore store;
  private final String base;
  private final Set<String> roots = new TreeSet<>();

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  BucketSearch(ObjectStore store, String storePrefix) {
    this.store = store;
    this.base = Namespace.DEFAULT.keyRoot(storePrefix);
  }

  /** Those that there are now, by name; fails as the store does. */
  Future<List<Namespace>> run() {
    return list("")
        .map(listed -> roots.stream().flatMap(name -> Namespace.claimed(name).stream()).toList());
  }

  private Future<Void> list(String startAfter) {
    return store
        .list(base, startAfter, PAGE)
        .compose(
            page -> {
              List<Listing.Item> objects = page.objects();
              objects.forEach(item -> note(item.key().substring(base.length())));
              return page.truncated()
                  ? list(next(objects.get(objects.size() - 1).key()))
                  : Future.succeededFuture();
            });
  }

  private void note(String path) {
    int at = reserved(path);
    if (at >= 0
        && (path.startsWith(LogStore.DIRECTORY, at)
            || path.substring(at).equals(CheckpointStore.NAME))) {
      roots.add(at == 0 ? "" : path.substring(0, at - 1));
    }
  }

  /** Where the first reserved name begins; -1 in a file's path. */
  private static int reserved(String path) {
    if (path.startsWith(BlobPath.RESERVED)) {
      return 0;
    }
    int slash = path.indexOf("/" + BlobPath.RESERVED);
    return slash < 0 ? -1 : slash + 1;
  }

  /** What is in a reserved directory after a page's last key is more of the same. */
  private String next(String last) {
    int at = reserved(last.substring(base.length()));
    int end = at < 0 ? -1 : last.indexOf('/', base.length() + at);
    return end < 0 ? last : last.substring(0, end + 1) + LAST_CHARACTER;
  }
}
