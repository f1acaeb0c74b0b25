package dev.memoryproxy.index;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.ProxyError;
import io.vertx.core.Future;
import java.time.Duration;

/** What is done about index objects that cannot be read. */
final class Poison {
  private static final Duration UNTIL_UPGRADE = Duration.ofSeconds(60);

  private final Namespace namespace;
  private final Alarms alarms;

  Poison(Namespace namespace, Alarms alarms) {
    this.namespace = namespace;
    this.alarms = alarms;
  }

  /** An object of a later format is never skipped: the namespace waits for a newer release. */
  <T> Future<T> newer(String what, UnreadableException damage) {
    alarms.raise(
        Alarms.Kind.NEWER_FORMAT,
        "The index of namespace "
            + namespace
            + " was written by a newer release ("
            + what
            + ": "
            + damage.getMessage()
            + "): upgrade this process.");
    return Future.failedFuture(
        ProxyError.unavailable(
            ProxyError.Kind.STORAGE_UNAVAILABLE,
            "This namespace was written by a newer release of the service: its operator must"
                + " upgrade.",
            UNTIL_UPGRADE,
            damage));
  }

  /** A damaged object counts as empty; what it listed is found again in the bucket. */
  void corrupt(String what, UnreadableException damage) {
    alarms.raise(
        Alarms.Kind.CORRUPT,
        "The index of namespace "
            + namespace
            + " is damaged ("
            + what
            + ": "
            + damage.getMessage()
            + "): it is being repaired from the bucket's objects.");
  }

  /** The log had a hole; what it held is found again in the bucket. */
  void rebuilt(long seq) {
    alarms.raise(
        Alarms.Kind.REBUILT,
        "The index log of namespace "
            + namespace
            + " has lost objects: the index was rebuilt from what is left, up to number "
            + seq
            + ".");
  }
}
