package dev.memoryproxy.s3server;

/** How the server deviates from S3, switchable at any time from any thread. */
public final class S3Modes {
  /** What becomes of the conditions on a write or delete. */
  public enum Conditions {
    /** Checked when the write takes effect, atomically. */
    HONOURED,
    /** Answered with 501. */
    UNSUPPORTED,
    /** Not looked at: the last writer wins. */
    IGNORED,
    /** Checked, but some time before the write takes effect. */
    RACY
  }

  /** What an ETag is. */
  public enum Etags {
    /** The MD5 of the content. */
    MD5,
    /** A new value for each write, as with some kinds of encryption. */
    OPAQUE
  }

  private volatile Conditions writes = Conditions.HONOURED;
  private volatile Conditions deletes = Conditions.HONOURED;
  private volatile Etags etags = Etags.MD5;
  private volatile boolean listingForbidden;
  private volatile long clockOffsetMillis;

  /** Sets what becomes of conditions on PUT. */
  public S3Modes writes(Conditions mode) {
    writes = mode;
    return this;
  }

  /** Sets what becomes of conditions on DELETE. */
  public S3Modes deletes(Conditions mode) {
    deletes = mode;
    return this;
  }

  /** Sets what an ETag is for objects written from now on. */
  public S3Modes etags(Etags mode) {
    etags = mode;
    return this;
  }

  /** Sets whether listing, and so the difference between absent and forbidden, is denied. */
  public S3Modes listingForbidden(boolean forbidden) {
    listingForbidden = forbidden;
    return this;
  }

  /** Sets how far the server's clock is ahead of the machine's. */
  public S3Modes clockOffsetMillis(long millis) {
    clockOffsetMillis = millis;
    return this;
  }

  Conditions writes() {
    return writes;
  }

  Conditions deletes() {
    return deletes;
  }

  Etags etags() {
    return etags;
  }

  boolean listingForbidden() {
    return listingForbidden;
  }

  long now() {
    return System.currentTimeMillis() + clockOffsetMillis;
  }
}
