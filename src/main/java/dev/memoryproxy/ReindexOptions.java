package dev.memoryproxy;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.Repair;
import java.util.List;
import java.util.Optional;

/**
 * What the command {@code reindex} was asked for.
 *
 * @param namespace the only one to compare; empty for all
 */
record ReindexOptions(
    Optional<Namespace> namespace, boolean dryRun, boolean acceptGone, boolean help) {
  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static ReindexOptions parse(List<String> arguments) {
    Optional<Namespace> namespace = Optional.empty();
    boolean dryRun = false;
    boolean acceptGone = false;
    boolean help = false;
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        case "--dry-run" -> dryRun = true;
        case "--accept-gone" -> acceptGone = true;
        case "--help" -> help = true;
        case "--namespace" -> {
          i++;
          namespace = Optional.of(namespace(i < arguments.size() ? arguments.get(i) : "--"));
        }
        default ->
            throw new IllegalArgumentException(
                "Unknown argument "
                    + arguments.get(i)
                    + ": use --namespace N, --dry-run, --accept-gone or --help.");
      }
    }
    return new ReindexOptions(namespace, dryRun, acceptGone, help);
  }

  private static Namespace namespace(String name) {
    if (name.startsWith("--")) {
      throw new IllegalArgumentException(
          "--namespace needs a name such as personas/default/memory, or \"\" for the unnamed one.");
    }
    try {
      return name.isEmpty() ? Namespace.DEFAULT : Namespace.parse(name);
    } catch (ProxyError invalid) {
      throw new IllegalArgumentException(
          "--namespace needs a name such as personas/default/memory. " + invalid.detail(), invalid);
    }
  }

  /** What is to be done about differences. */
  Repair repair() {
    if (dryRun) {
      return Repair.DRY_RUN;
    }
    return acceptGone ? Repair.ACCEPT_GONE : Repair.CAUTIOUS;
  }
}
