package dev.memoryproxy.bench;

import org.jspecify.annotations.Nullable;

/** Something that clients do again and again. */
@FunctionalInterface
interface Operation {
  /** Hears how it went, once, on any thread. */
  @FunctionalInterface
  interface Done {
    /**
     * It is over.
     *
     * @param failure null when all went as it should
     */
    void ended(@Nullable Throwable failure);
  }

  /** Starts it for one client, which has nothing else under way; returns at once. */
  void start(int client, Done done);
}
