package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list of all namespaces, in the bucket: an empty object for each, whose key says everything,
 * so that a listing of a thousand namespaces is one request.
 *
 * <p>A summary is replaced by putting the newer one, then deleting the older; readers take the
 * newest of those they find. Segments that start with {@code .sync-} are in no namespace's name, so
 * keys cannot be misread. Thread-safe.
 */
final class NamespaceRegistry {
  /** Where it is, under the deployment's prefix. */
  static final String DIRECTORY = ".sync-namespaces/";

  private static final String COMPLETE = ".sync-complete";
  private static final String AT = ".sync-at/";
  private static final Pattern SUMMARY = Pattern.compile("(\\d{1,18})\\.(\\d{1,18})\\.(\\d{1,18})");
  private static final int PAGE = 1000;
  private static final int MAX_KEY_BYTES = 1024;
  private static final ObjectAttributes ATTRIBUTES =
      new ObjectAttributes("application/octet-stream", Map.of());

  private final ObjectStore store;
  private final String root;

  /**
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  NamespaceRegistry(ObjectStore store, String storePrefix) {
    this.store = store;
    this.root = Namespace.DEFAULT.keyRoot(storePrefix) + DIRECTORY;
  }

  private String at(Namespace namespace) {
    return root + (namespace.isDefault() ? "" : namespace.name() + "/") + AT;
  }

  /** The key that says this of a namespace. */
  String key(Namespace namespace, NamespaceSummary summary) {
    return at(namespace)
        + summary.indexVersion()
        + "."
        + summary.totals().files()
        + "."
        + summary.totals().bytes();
  }

  /** Puts a summary beside those that are there. */
  Future<Void> put(String key) {
    if (key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
      // A name so long leaves no room for its files' paths.
      return Future.succeededFuture();
    }
    return store
        .put(key, Payload.empty(), ATTRIBUTES, new WriteCondition.None())
        .recover(
            lost ->
                lost instanceof StoreException failure && failure.ambiguous()
                    ? store.head(key).compose(found -> found.isPresent() ? done() : refuse(lost))
                    : refuse(lost))
        .mapEmpty();
  }

  private static <T> Future<T> done() {
    return Future.succeededFuture();
  }

  private static <T> Future<T> refuse(Throwable cause) {
    return Future.failedFuture(cause);
  }

  /** Deletes one summary; one that stays does no harm. */
  Future<Void> delete(String key) {
    return store.delete(key, new WriteCondition.None()).mapEmpty();
  }

  /** Deletes what is known of a namespace from before an index version. */
  Future<Void> deleteBefore(Namespace namespace, long indexVersion) {
    String prefix = at(namespace);
    return store
        .list(prefix, "", PAGE)
        .compose(
            page -> {
              List<Future<Void>> deletions = new ArrayList<>();
              for (Listing.Item item : page.objects()) {
                Matcher summary = SUMMARY.matcher(item.key().substring(prefix.length()));
                if (summary.matches() && Long.parseLong(summary.group(1)) < indexVersion) {
                  deletions.add(delete(item.key()));
                }
              }
              return Future.join(deletions).mapEmpty();
            });
  }

  /** Every namespace that is known; one request for each thousand. */
  Future<Map<Namespace, NamespaceSummary>> list() {
    return list("", new HashMap<>());
  }

  private Future<Map<Namespace, NamespaceSummary>> list(
      String startAfter, Map<Namespace, NamespaceSummary> known) {
    return store
        .list(root, startAfter, PAGE)
        .compose(
            page -> {
              List<Listing.Item> objects = page.objects();
              objects.forEach(item -> read(item.key().substring(root.length()), known));
              return page.truncated()
                  ? list(objects.get(objects.size() - 1).key(), known)
                  : Future.succeededFuture(known);
            });
  }

  /** Whether a namespace is registered; one small request. */
  Future<Boolean> knows(Namespace namespace) {
    return store.list(at(namespace), "", 1).map(page -> !page.objects().isEmpty());
  }

  private static void read(String key, Map<Namespace, NamespaceSummary> known) {
    int at = key.startsWith(AT) ? 0 : key.indexOf("/" + AT) + 1;
    Matcher summary = SUMMARY.matcher(key.substring(Math.min(key.length(), at + AT.length())));
    if ((at == 0 && !key.startsWith(AT)) || !summary.matches()) {
      return;
    }
    NamespaceSummary said =
        new NamespaceSummary(
            new Totals(Long.parseLong(summary.group(2)), Long.parseLong(summary.group(3))),
            Long.parseLong(summary.group(1)));
    Namespace.claimed(at == 0 ? "" : key.substring(0, at - 1))
        .ifPresent(name -> known.merge(name, said, NamespaceSummary::newer));
  }

  /** Whether every namespace older than the registry has been entered. */
  Future<Boolean> isComplete() {
    return store.head(root + COMPLETE).map(found -> found.isPresent());
  }

  /** Every namespace older than the registry has been entered. */
  Future<Void> markComplete() {
    return put(root + COMPLETE);
  }

  /** Enters one namespace and keeps its entry up to date. */
  Announcer announcer(Namespace namespace, Alarms alarms) {
    return new RegistryAnnouncer(this, namespace, alarms);
  }
}
