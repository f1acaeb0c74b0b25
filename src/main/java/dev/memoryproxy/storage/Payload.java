package dev.memoryproxy.storage;

import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;

/** Bytes to be written, readable more than once. */
public sealed interface Payload {
  /** Exact number of bytes. */
  long size();

  /**
   * Bytes in memory.
   *
   * @param bytes must not change afterwards
   */
  record InMemory(Buffer bytes) implements Payload {
    @Override
    public long size() {
      return bytes.length();
    }
  }

  /**
   * Bytes in a file, which its creator removes.
   *
   * @param file must not change until the write has completed
   */
  record Spooled(Path file, long size) implements Payload {}

  /** A copy of these bytes. */
  static Payload of(byte[] bytes) {
    return new InMemory(Buffer.buffer(bytes));
  }

  /** No bytes: the content of a tombstone. */
  static Payload empty() {
    return new InMemory(Buffer.buffer(0));
  }
}
