package dev.memoryproxy.index;

import java.util.concurrent.ConcurrentHashMap;

/**
 * A checkpoint as it was read.
 *
 * @param ours whether a log belongs to it; otherwise the older service wrote it, or a restore did
 * @param seq the last log object that the entries hold; 0 unless ours
 * @param verifiedUntil store time up to which objects were compared with their entries
 * @param bytes its size
 * @param entries by path, purged ones included; a state made of it takes them over
 * @param deltaFloor changes before this index version cannot be told apart
 * @param totals what the entries amount to
 * @param unverified whether its writer still owed a comparison with the bucket: whoever goes on
 *     from it owes it, too
 */
record Checkpoint(
    boolean ours,
    long seq,
    long indexVersion,
    long deltaFloor,
    long verifiedUntil,
    long bytes,
    ConcurrentHashMap<String, Entry> entries,
    Totals totals,
    boolean unverified) {
  /** Adds the totals up: off the index's thread where the entries may be many. */
  Checkpoint(
      boolean ours,
      long seq,
      long indexVersion,
      long deltaFloor,
      long verifiedUntil,
      long bytes,
      ConcurrentHashMap<String, Entry> entries,
      boolean unverified) {
    this(
        ours,
        seq,
        indexVersion,
        deltaFloor,
        verifiedUntil,
        bytes,
        entries,
        Totals.of(entries.values()),
        unverified);
  }

  /** What a bucket without a checkpoint holds. */
  static Checkpoint none() {
    return new Checkpoint(true, 0, 0, 0, 0, 0, new ConcurrentHashMap<>(), false);
  }
}
