package dev.memoryproxy.auth;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.NamespaceGrant;
import dev.memoryproxy.blob.ProxyError;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the owner of a token may do in which namespace. Of several grants that match a namespace the
 * widest counts. Judging reads nothing, so it can't show whether a namespace exists. Immutable.
 */
public final class Access {
  /** To do everything everywhere. */
  public static final Access EVERYTHING = new Access(Optional.empty(), "");

  /** To do nothing anywhere. */
  public static final Access NOTHING = of(List.of());

  /** What can be done in a namespace; the later ones include the earlier. */
  public enum Permission {
    NONE,
    READ,
    WRITE
  }

  /** Empty for everything everywhere. */
  private final Optional<List<NamespaceGrant>> grants;

  /** Why there is no telling what was granted; empty when there is. */
  private final String malformed;

  private Access(Optional<List<NamespaceGrant>> grants, String malformed) {
    this.grants = grants;
    this.malformed = malformed;
  }

  /** To do what is granted, and nothing when nothing is. */
  public static Access of(List<NamespaceGrant> grants) {
    return new Access(Optional.of(List.copyOf(grants)), "");
  }

  /**
   * To do nothing, because what was granted can't be read.
   *
   * @param problem what is wrong and who can mend it, a sentence for the caller
   */
  static Access malformed(String problem) {
    return new Access(Optional.of(List.of()), problem);
  }

  /** The widest permission for a namespace. */
  public Permission to(Namespace namespace) {
    if (grants.isEmpty()) {
      return Permission.WRITE;
    }
    Permission widest = Permission.NONE;
    for (NamespaceGrant grant : grants.get()) {
      Permission offered = grant.readOnly() ? Permission.READ : Permission.WRITE;
      if (offered.compareTo(widest) > 0 && grant.pattern().matches(namespace)) {
        widest = offered;
      }
    }
    return widest;
  }

  /** Whether a namespace may be seen: a {@code Predicate} for whoever lists them. */
  public boolean mayRead(Namespace namespace) {
    return to(namespace) != Permission.NONE;
  }

  /**
   * Refuses when what was granted can't be read; for requests that are about no single namespace.
   *
   * @throws ProxyError {@code FORBIDDEN}, saying who can mend it
   */
  public void requireReadable() {
    if (!malformed.isEmpty()) {
      throw new ProxyError(ProxyError.Kind.FORBIDDEN, malformed);
    }
  }

  /**
   * Refuses what is not granted.
   *
   * @param needed {@code READ} or {@code WRITE}
   * @throws ProxyError {@code FORBIDDEN}, naming the permission that is missing
   */
  public void require(Permission needed, Namespace namespace) {
    requireReadable();
    Permission granted = to(namespace);
    if (granted.compareTo(needed) >= 0) {
      return;
    }
    String missing = (needed == Permission.WRITE ? "write" : "read") + " on " + name(namespace);
    throw new ProxyError(
        ProxyError.Kind.FORBIDDEN,
        granted == Permission.READ
            ? "This token may only read there; it lacks the permission: "
                + missing
                + ". Ask whoever issued it."
            : "This token has no access to this namespace; it lacks the permission: "
                + missing
                + ". Ask whoever issued it, or use a namespace of your own.",
        Map.of("namespace", namespace.name(), "missing_permission", missing));
  }

  private static String name(Namespace namespace) {
    return namespace.isDefault() ? "the unnamed namespace" : namespace.name();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Access access
        && access.grants.equals(grants)
        && access.malformed.equals(malformed);
  }

  @Override
  public int hashCode() {
    return grants.hashCode() * 31 + malformed.hashCode();
  }

  /** For the log: the grants, or what is wrong with them. */
  @Override
  public String toString() {
    return malformed.isEmpty()
        ? grants.map(List::toString).orElse("everything")
        : "malformed (" + malformed + ")";
  }
}
