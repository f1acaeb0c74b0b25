package dev.memoryproxy.storage;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.PercentEncoding;
import dev.memoryproxy.blob.ProxyError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose an object is, by what it says itself. {@code a} + {@code b/c}, {@code a/b} + {@code c} and
 * the unnamed namespace + {@code a/b/c} are one object; the metadata of its write decides.
 *
 * <ul>
 *   <li>{@code namespace}, percent-encoded: that namespace's, provided that its root is the start
 *       of the key. Copies made with other tools carry claims that do not fit; those count for
 *       nothing.
 *   <li>No such claim, but our {@code write-id}: the unnamed namespace's, which leaves no name.
 *   <li>Neither: the older service or another tool wrote it, and the object does not tell. {@link
 *       OwnerLookup} asks further.
 * </ul>
 *
 * <p>A tombstone is its owner's as much as a file is: it holds the version that the path may not
 * fall below.
 */
public final class Ownership {
  /** The place of the owner's namespace in the context of a 409. */
  public static final String OWNER = "owner_namespace";

  private static final String NAMESPACE = "namespace";
  private static final String WRITE_ID = "write-id";

  private Ownership() {}

  /** Leaves the mark of a namespace on an object. S3 takes printable ASCII only. */
  static void stamp(Map<String, String> metadata, Namespace namespace) {
    if (!namespace.isDefault()) {
      metadata.put(NAMESPACE, PercentEncoding.encodeUnprintable(namespace.name()));
    }
  }

  /**
   * The namespace whose write made this object; empty when it does not tell.
   *
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  static Optional<Namespace> stamped(ObjectHead head, String storePrefix) {
    String claim = head.metadata().get(NAMESPACE);
    if (claim == null) {
      return head.metadata().containsKey(WRITE_ID)
          ? Optional.of(Namespace.DEFAULT)
          : Optional.empty();
    }
    return decoded(claim)
        .filter(
            owner ->
                head.key().length() > owner.keyRoot(storePrefix).length()
                    && head.key().startsWith(owner.keyRoot(storePrefix)));
  }

  private static Optional<Namespace> decoded(String claim) {
    try {
      return Namespace.claimed(PercentEncoding.decode(claim));
    } catch (ProxyError notOurs) {
      return Optional.empty();
    }
  }

  /** Every name that clients could give this object, the innermost namespace first. */
  static List<BlobAddress> namesOf(String key, String storePrefix) {
    String base = Namespace.DEFAULT.keyRoot(storePrefix);
    String whole = key.substring(base.length());
    List<BlobAddress> names = new ArrayList<>();
    for (int slash = whole.lastIndexOf('/'); slash > 0; slash = whole.lastIndexOf('/', slash - 1)) {
      add(names, whole.substring(0, slash), whole.substring(slash + 1));
    }
    add(names, "", whole);
    return names;
  }

  private static void add(List<BlobAddress> names, String namespace, String path) {
    try {
      Namespace.claimed(namespace)
          .ifPresent(name -> names.add(new BlobAddress(name, BlobPath.parse(path))));
    } catch (ProxyError unnameable) {
      // No client can ask for it so.
    }
  }

  /** The 409 of whoever would overwrite another namespace's file. */
  static ProxyError conflict(BlobAddress asked, Namespace owner) {
    String name = owner.isDefault() ? "the unnamed namespace" : "namespace '" + owner + "'";
    return new ProxyError(
        ProxyError.Kind.CONFLICT,
        "This path is a file of "
            + name
            + ", whose names overlap with yours: write it there, or choose another path.",
        Map.of("path", asked.path().toString(), OWNER, owner.name()));
  }

  /** The same for whoever may not know the owner. */
  public static ProxyError conflict(String path) {
    return new ProxyError(
        ProxyError.Kind.CONFLICT,
        "This path is a file of another namespace, whose names overlap with yours: choose another"
            + " path.",
        Map.of("path", path));
  }
}
