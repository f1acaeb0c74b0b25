package dev.memoryproxy.blob;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The aliases of a deployment, in their order: the first that matches counts, and it is applied
 * once, so what one alias gives is never the start of another.
 */
public final class NamespaceAliases {
  /** No name stands for another. */
  public static final NamespaceAliases NONE = new NamespaceAliases(List.of());

  /** The most aliases of a deployment. */
  public static final int MAX_ALIASES = 1_000;

  private final List<NamespaceAlias> aliases;

  private NamespaceAliases(List<NamespaceAlias> aliases) {
    this.aliases = aliases;
  }

  /**
   * Takes aliases in the order in which they are tried.
   *
   * @throws PatternException when there are too many, or two for the same name
   */
  public static NamespaceAliases of(List<NamespaceAlias> aliases) {
    if (aliases.size() > MAX_ALIASES) {
      throw new PatternException("has more than " + MAX_ALIASES + " aliases");
    }
    Set<String> seen = new HashSet<>();
    for (NamespaceAlias alias : aliases) {
      if (!seen.add(alias.from())) {
        throw new PatternException("has two aliases with the same left side");
      }
    }
    return new NamespaceAliases(List.copyOf(aliases));
  }

  /**
   * The namespace that is meant. The unnamed one always means itself.
   *
   * @throws ProxyError {@code INVALID_PATH} when an alias makes it a name that no namespace can
   *     have, such as one that is too long
   */
  public Namespace resolve(Namespace asked) {
    if (asked.isDefault()) {
      return asked;
    }
    return aliases.stream()
        .map(alias -> alias.apply(asked.name()))
        .flatMap(Optional::stream)
        .findFirst()
        .map(Namespace::parse)
        .orElse(asked);
  }

  /** The aliases as they were written. */
  @Override
  public String toString() {
    return aliases.toString();
  }
}
