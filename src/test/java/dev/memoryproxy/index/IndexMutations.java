package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Opens the index's rules to the simulation, which lives in a package of its own. */
public final class IndexMutations {
  private IndexMutations() {}

  /** The rules that can be broken. */
  public static List<String> rules() {
    return Stream.of(Rule.values()).map(Rule::name).toList();
  }

  /** An index that breaks some rules. */
  public static NamespaceIndex index(
      IndexEnvironment environment,
      IndexSettings settings,
      String storePrefix,
      Namespace namespace,
      Set<String> broken) {
    EnumSet<Rule> rules = EnumSet.noneOf(Rule.class);
    for (String name : broken) {
      if (rules().contains(name)) {
        rules.add(Rule.valueOf(name));
      }
    }
    return new NamespaceIndex(environment, settings, storePrefix, namespace, rules, Announcer.NONE);
  }
}
