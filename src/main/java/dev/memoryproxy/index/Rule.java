package dev.memoryproxy.index;

/**
 * The rules that the index's promises rest on. Production breaks none; a test may switch one off to
 * show that the simulation notices.
 */
enum Rule {
  /** A reader is served by a proof that began after it arrived. */
  TAIL_STARTS_AFTER_ARRIVAL,
  /** "Absent" proves the head only while the last proof is young, else the checkpoint is asked. */
  ABSENT_NEEDS_FRESH_PROOF,
  /** A log object that is there counts only while the last proof is young, too. */
  PRESENT_NEEDS_FRESH_PROOF,
  /** A commit judges its proof's age after the reply, not before the request. */
  AGE_JUDGED_AFTER_PUT,
  /** A refused or unclear commit compares batch ids before it believes that it won. */
  BATCH_ID_CHECKED,
  /** A number that was refused and is absent was truncated: it is never put again. */
  REFUSED_THEN_ABSENT_REOPENS,
  /** A checkpoint replaces only the one that it was made after. */
  LOWER_CHECKPOINT_NEVER_REPLACES,
  /** A checkpoint's number is that of the state it holds. */
  CHECKPOINT_CLAIMS_WHAT_IT_HOLDS,
  /** A record with a version that is not newer never applies. */
  MERGE_BY_VERSION,
  /** A record whose predecessor is no longer the entry never applies. */
  PREV_CONFLICTS_LOSE,
  /** Log objects are aged by the store's clock. */
  TRUNCATION_BY_STORE_CLOCK,
  /** Log objects are deleted only below a checkpoint that is known to be durable. */
  TRUNCATION_AFTER_DURABLE_CHECKPOINT,
  /** Opening refuses a log that has holes. */
  GAP_STOPS_OPENING,
  /** A process that is behind finds the head by listing. */
  CATCH_UP_BY_LISTING
}
