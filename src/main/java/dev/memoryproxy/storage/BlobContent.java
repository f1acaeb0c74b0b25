package dev.memoryproxy.storage;

import io.vertx.core.buffer.Buffer;

/** A file's content on its way to a reader, who takes it or discards it, once. */
public sealed interface BlobContent {
  /** Lets go of the content unread. */
  void discard();

  /**
   * Bytes that are in memory anyway.
   *
   * @param bytes shared with other readers: must not be changed
   */
  record InMemory(Buffer bytes) implements BlobContent {
    @Override
    public void discard() {}
  }

  /** Bytes that the store still has to send. */
  record Streamed(ObjectContent object) implements BlobContent {
    @Override
    public void discard() {
      object.discard();
    }
  }
}
