package dev.memoryproxy.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.util.Locale;

/** Says of a file system's failures what the caller can do about them. */
final class LocalFailures {
  private LocalFailures() {}

  /**
   * The failure as callers of the store get it.
   *
   * @param what the operation and its object, as in {@code write a/b}
   */
  static StoreException of(String what, Throwable cause) {
    if (cause instanceof StoreException e) {
      return e;
    }
    if (cause instanceof LocalTree.Unsettled) {
      return failure(
          StoreException.Kind.AMBIGUOUS,
          what,
          "it took effect, but the disk failed to make it durable",
          cause);
    }
    if (cause instanceof LocalTrailer.Broken) {
      return failure(
          StoreException.Kind.DAMAGED,
          what,
          "its file is no whole object that this service wrote; restore it or move it away",
          cause);
    }
    return cause instanceof IOException e
        ? ofFileSystem(what, e)
        : failure(StoreException.Kind.OTHER, what, "unexpected", cause);
  }

  private static StoreException ofFileSystem(String what, IOException e) {
    if (e instanceof AccessDeniedException) {
      return failure(
          StoreException.Kind.DENIED, what, "give this user write access to DATA_DIR", e);
    }
    // Java tells these only by the system's own words.
    String reason = reasonOf(e).toLowerCase(Locale.ROOT);
    if (reason.contains("no space left")
        || reason.contains("not enough space")
        || reason.contains("quota exceeded")) {
      return failure(
          StoreException.Kind.NO_SPACE,
          what,
          "no space is left on the device that holds DATA_DIR: free some",
          e);
    }
    if (e instanceof FileAlreadyExistsException || reason.contains("not a directory")) {
      return failure(
          StoreException.Kind.DAMAGED,
          what,
          "a file that this service did not write stands where a directory belongs; move it away",
          e);
    }
    if (reason.contains("read-only file system")) {
      return failure(
          StoreException.Kind.NO_SPACE, what, "DATA_DIR is on a read-only file system", e);
    }
    if (reason.contains("too many open files")) {
      return failure(
          StoreException.Kind.BUSY,
          what,
          "too many files are open: raise the limit (ulimit -n)",
          e);
    }
    if (reason.contains("name too long")) {
      return failure(
          StoreException.Kind.OTHER,
          what,
          "the path is too long for the file system: shorten it, or DATA_DIR's",
          e);
    }
    return failure(StoreException.Kind.OTHER, what, "the file system failed", e);
  }

  private static String reasonOf(IOException e) {
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? "" : reason;
  }

  private static StoreException failure(
      StoreException.Kind kind, String what, String remedy, Throwable cause) {
    return new StoreException(
        kind, "Cannot " + what + ": " + remedy + " (" + cause.getMessage() + ")", cause);
  }
}
