package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes of an object as they were when it was opened. A small part is in memory already; a larger
 * one holds the file open until it was streamed to the end, given up or discarded.
 */
final class LocalContent implements ObjectContent {
  /** Runs blocking work off the event loop; its futures fail only with {@link StoreException}. */
  interface Worker {
    <T> Future<T> run(String what, Callable<T> work);
  }

  private static final Logger LOG = LoggerFactory.getLogger(LocalContent.class);
  private static final int CHUNK = 64 << 10;

  private final Vertx vertx;
  private final ObjectHead head;
  private final long length;
  private final LocalReadStream.Source source;
  private final AtomicBoolean taken = new AtomicBoolean();

  private LocalContent(Vertx vertx, ObjectHead head, long length, LocalReadStream.Source source) {
    this.vertx = vertx;
    this.head = head;
    this.length = length;
    this.source = source;
  }

  /** Takes over an open file; blocks. */
  static LocalContent of(
      Vertx vertx, Worker worker, LocalObjectFile file, ObjectHead head, long first, long length)
      throws IOException {
    if (length > CHUNK) {
      return new LocalContent(
          vertx, head, length, new InFile(worker, file, head.key(), first, length));
    }
    try (file) {
      return new LocalContent(vertx, head, length, new InMemory(file.read(first, (int) length)));
    }
  }

  @Override
  public ObjectHead head() {
    return head;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public ReadStream<Buffer> stream() {
    take();
    return new LocalReadStream(vertx.getOrCreateContext(), source, length);
  }

  @Override
  public void discard() {
    take();
    source.release();
  }

  private void take() {
    if (!taken.compareAndSet(false, true)) {
      throw new IllegalStateException("the content of " + head.key() + " was used already");
    }
  }

  private record InMemory(Buffer bytes) implements LocalReadStream.Source {
    @Override
    public Future<Buffer> next() {
      return Future.succeededFuture(bytes);
    }

    @Override
    public void release() {}
  }

  private static final class InFile implements LocalReadStream.Source {
    private final Worker worker;
    private final LocalObjectFile file;
    private final String key;
    private final long end;
    private long position;

    InFile(Worker worker, LocalObjectFile file, String key, long first, long length) {
      this.worker = worker;
      this.file = file;
      this.key = key;
      this.position = first;
      this.end = first + length;
    }

    @Override
    public Future<Buffer> next() {
      long from = position;
      int size = (int) Math.min(CHUNK, end - from);
      position += size;
      return worker.run("read " + key, () -> file.read(from, size));
    }

    @Override
    public void release() {
      // Closing may free a deleted file's blocks, which takes its time.
      worker.run("close " + key, this::close).onFailure(storeIsClosed -> close());
    }

    private boolean close() {
      try {
        file.close();
      } catch (IOException e) {
        LOG.warn("Cannot close the file of {}, which was only read: {}", key, e.toString());
      }
      return true;
    }
  }
}
