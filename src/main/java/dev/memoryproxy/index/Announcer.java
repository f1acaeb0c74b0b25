package dev.memoryproxy.index;

import io.vertx.core.Future;

/** Where one namespace says that it exists and what it amounts to. */
interface Announcer {
  /**
   * Called before the first log object of a namespace is written, again after each failure: when it
   * completes, the namespace is known to whoever lists namespaces.
   */
  Future<Void> found();

  /** The bucket was read; what it shows was announced when its checkpoint was written. */
  void assume(long indexVersion);

  /** Says what it amounts to now, unless that is known; never fails. */
  Future<Void> announce(NamespaceSummary summary);

  /** Says nothing. */
  Announcer NONE =
      new Announcer() {
        @Override
        public Future<Void> found() {
          return Future.succeededFuture();
        }

        @Override
        public void assume(long indexVersion) {}

        @Override
        public Future<Void> announce(NamespaceSummary summary) {
          return Future.succeededFuture();
        }
      };
}
