package dev.memoryproxy.blob;

import java.util.Optional;
import java.util.Set;

/**
 * A namespace: a hierarchical name such as {@code personas/default/memory}, or the unnamed default.
 * Valid by construction: its segments follow the rules of a {@link BlobPath}'s, and the first one
 * is none that the service routes by.
 */
public final class Namespace {
  /** The longest name in bytes of UTF-8. */
  public static final int MAX_BYTES = 512;

  /** The unnamed namespace, which the plain dialect speaks to. */
  public static final Namespace DEFAULT = new Namespace("");

  private static final Set<String> ROUTES = Set.of("blob", "sync", "health", "namespaces");
  private static final Segments RULES = new Segments("namespace", MAX_BYTES);

  private final String name;

  private Namespace(String name) {
    this.name = name;
  }

  /**
   * Checks the decoded name of a namespace, which must have one.
   *
   * @throws ProxyError {@code INVALID_PATH}, saying what is wrong
   */
  public static Namespace parse(String name) {
    if (name.isEmpty()) {
      throw RULES.invalid("is empty: name one, as in personas/default/memory.", name);
    }
    RULES.check(name);
    int slash = name.indexOf('/');
    String first = slash < 0 ? name : name.substring(0, slash);
    if (ROUTES.contains(first)) {
      throw RULES.invalid(
          "starts with '" + first + "', which is a route of this service: use another name.", name);
    }
    return new Namespace(name);
  }

  /**
   * The namespace that somebody's metadata claim: the default one for an empty name, empty for a
   * name that no client could use.
   */
  public static Optional<Namespace> claimed(String name) {
    try {
      return Optional.of(name.isEmpty() ? DEFAULT : parse(name));
    } catch (ProxyError invalid) {
      return Optional.empty();
    }
  }

  /** Without leading or trailing slash; empty for the default namespace. */
  public String name() {
    return name;
  }

  /** Whether this is the unnamed namespace. */
  public boolean isDefault() {
    return name.isEmpty();
  }

  /**
   * The start of every object key of this namespace: empty or ending in a slash, ready for a path
   * to be appended.
   *
   * @param storePrefix the deployment's prefix without a trailing slash; may be empty
   */
  public String keyRoot(String storePrefix) {
    String base = storePrefix.isEmpty() ? "" : storePrefix + "/";
    return isDefault() ? base : base + name + "/";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Namespace namespace && namespace.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return isDefault() ? "(default)" : name;
  }
}
