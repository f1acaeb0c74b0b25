package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.IndexService;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose an object is when several namespaces could call it theirs.
 *
 * <p>The object's own mark decides ({@link Ownership}), and costs nothing. An object without one
 * belongs to whoever lists it; the first write through this service marks it. Where two indexes of
 * the older service list the same object, both read it until then. What nobody lists yet belongs to
 * the innermost namespace that has an index, or else to whoever asks first. So a namespace that
 * comes to be inside another one takes nothing that the other one lists.
 *
 * <p>Not thread-safe: it belongs to one verticle's context.
 */
public final class OwnerLookup {
  private static final int REMEMBERED = 10_000;
  private static final String INDEX = ".sync-index.json";
  private static final String LOG = ".sync-log/";

  private final ObjectStore store;
  private final String prefix;
  private final Listed listed;
  private final boolean on;
  private final Set<Namespace> indexed = new LinkedHashSet<>();
  private @Nullable Map<Namespace, Future<Boolean>> pass;

  /** Whether a namespace's index lists a file, tombstones not counted. */
  @FunctionalInterface
  public interface Listed {
    /** Asked only of namespaces that have an index. */
    Future<Boolean> lists(BlobAddress address);
  }

  /**
   * @param prefix the deployment's key prefix without a trailing slash; may be empty
   */
  public OwnerLookup(ObjectStore store, String prefix, Listed listed) {
    this(store, prefix, listed, true);
  }

  private OwnerLookup(ObjectStore store, String prefix, Listed listed, boolean on) {
    this.store = store;
    this.prefix = prefix;
    this.listed = listed;
    this.on = on;
  }

  /** Lets everybody have everything; tests show by it that the rules are needed. */
  static OwnerLookup off(ObjectStore store) {
    return new OwnerLookup(store, "", address -> Future.succeededFuture(false), false);
  }

  /** Asks the indexes that this service serves. */
  static OwnerLookup of(ObjectStore store, String prefix, IndexService index) {
    return new OwnerLookup(
        store,
        prefix,
        address ->
            index
                .lookup(address.namespace(), address.path())
                .map(known -> known.entry().filter(entry -> !entry.deleted()).isPresent()));
  }

  /**
   * The other namespace whose this object is; empty when the asker may have it.
   *
   * @param listedByAsker whether the asker's own index has a live entry of it
   */
  public Future<Optional<Namespace>> otherOwner(
      Namespace asker, boolean listedByAsker, ObjectHead head) {
    if (!on) {
      return Future.succeededFuture(Optional.empty());
    }
    Optional<Namespace> stamped = Ownership.stamped(head, prefix);
    if (stamped.isPresent() || listedByAsker) {
      return Future.succeededFuture(stamped.filter(owner -> !owner.equals(asker)));
    }
    List<BlobAddress> names = Ownership.namesOf(head.key(), prefix);
    return ask(names.iterator(), asker, Optional.empty());
  }

  /**
   * @param innermost of those asked so far, the innermost other namespace that has an index
   */
  private Future<Optional<Namespace>> ask(
      Iterator<BlobAddress> names, Namespace asker, Optional<Namespace> innermost) {
    if (!names.hasNext()) {
      // Both are the start of one key, so the longer one is inside the other.
      boolean inside =
          innermost.filter(owner -> owner.name().length() < asker.name().length()).isPresent();
      return inside
          ? hasIndex(asker).map(has -> innermost.filter(owner -> !has))
          : Future.succeededFuture(innermost);
    }
    BlobAddress name = names.next();
    Namespace candidate = name.namespace();
    if (candidate.equals(asker)) {
      return ask(names, asker, innermost);
    }
    return hasIndex(candidate)
        .compose(
            has ->
                has
                    ? listed
                        .lists(name)
                        .compose(
                            lists ->
                                lists
                                    ? Future.succeededFuture(Optional.of(candidate))
                                    : ask(names, asker, innermost.or(() -> Optional.of(candidate))))
                    : ask(names, asker, innermost));
  }

  /**
   * From now on each namespace is asked for its index once, until the next pass begins. For whoever
   * asks about many objects in a row: an index that appears meanwhile might as well have appeared
   * just after the question.
   */
  public void beginPass() {
    pass = new HashMap<>();
  }

  private Future<Boolean> hasIndex(Namespace namespace) {
    if (indexed.contains(namespace)) {
      return Future.succeededFuture(true);
    }
    return pass == null ? findIndex(namespace) : pass.computeIfAbsent(namespace, this::findIndex);
  }

  private Future<Boolean> findIndex(Namespace namespace) {
    String root = namespace.keyRoot(prefix);
    // The checkpoint's name sorts before the log's, and both before all else that is reserved.
    return store
        .list(root + ".sync-", "", 1)
        .map(
            page -> {
              boolean has =
                  page.objects().stream()
                      .map(Listing.Item::key)
                      .anyMatch(key -> key.equals(root + INDEX) || key.startsWith(root + LOG));
              if (has && indexed.size() < REMEMBERED) {
                indexed.add(namespace);
              }
              return has;
            });
  }
}
