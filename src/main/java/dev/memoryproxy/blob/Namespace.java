package dev.memoryproxy.blob;

/**
 * A namespace: a hierarchical name such as {@code personas/default/memory}, or the unnamed default.
 *
 * @param name without leading or trailing slash; empty for the default namespace
 */
public record Namespace(String name) {
  /** The unnamed namespace, which the plain dialect speaks to. */
  public static final Namespace DEFAULT = new Namespace("");

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
  public String toString() {
    return isDefault() ? "(default)" : name;
  }
}
