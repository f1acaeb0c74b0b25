package dev.memoryproxy.storage;

/**
 * What became of a conditional write.
 *
 * @param status the outcome
 * @param etag the new object's ETag; empty unless {@link Status#STORED}
 */
public record PutResult(Status status, String etag) {
  /** The outcomes of a write that the store decided. */
  public enum Status {
    /** Written. */
    STORED,
    /** The condition did not hold: S3's 412. */
    REFUSED,
    /** An ETag was required and there is no object: S3's 404 on {@code If-Match}. */
    ABSENT
  }

  /** The condition did not hold. */
  public static final PutResult REFUSED = new PutResult(Status.REFUSED, "");

  /** There is no object to match. */
  public static final PutResult ABSENT = new PutResult(Status.ABSENT, "");

  /** Written. */
  public static PutResult stored(String etag) {
    return new PutResult(Status.STORED, etag);
  }
}
