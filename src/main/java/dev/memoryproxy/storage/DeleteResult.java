package dev.memoryproxy.storage;

/** What became of a delete. */
public enum DeleteResult {
  /** The object is gone; S3 says so too when there was none. */
  DELETED,
  /** The condition did not hold. */
  REFUSED,
  /** There was no object, and the store can tell. */
  ABSENT
}
