package dev.memoryproxy.index;

/** What is done about the differences between a bucket and its index. */
public enum Repair {
  /** They are only told. */
  DRY_RUN,
  /**
   * The index takes over what the bucket holds, but marks no file as deleted when so many are gone
   * that the bucket must be doubted.
   */
  CAUTIOUS,
  /** The index takes over everything: somebody has said that the files are meant to be gone. */
  ACCEPT_GONE
}
