package dev.memoryproxy.storage;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads on which a local store does its blocking work. */
final class LocalWorkers implements LocalContent.Worker {
  private static final AtomicInteger OPENED = new AtomicInteger();

  private final WorkerExecutor executor;
  private int running;
  private boolean closed;

  LocalWorkers(Vertx vertx, int threads) {
    // A name of its own: executors of one name are one pool, whoever closes it.
    executor = vertx.createSharedWorkerExecutor("local-store-" + OPENED.incrementAndGet(), threads);
  }

  @Override
  public <T> Future<T> run(String what, Callable<T> work) {
    if (!start()) {
      return Future.failedFuture(
          new StoreException(
              StoreException.Kind.OTHER, "Cannot " + what + ": the store is closed", null));
    }
    return executor
        .executeBlocking(() -> finishing(work), false)
        .recover(
            cause -> {
              if (cause instanceof RejectedExecutionException) {
                finish();
              }
              return Future.failedFuture(LocalFailures.of(what, cause));
            });
  }

  private <T> T finishing(Callable<T> work) throws Exception {
    try {
      return work.call();
    } finally {
      finish();
    }
  }

  private synchronized boolean start() {
    if (!closed) {
      running++;
    }
    return !closed;
  }

  private synchronized void finish() {
    running--;
    notifyAll();
  }

  /** Takes no more work and blocks until all that was taken has finished. */
  synchronized void close() throws InterruptedException {
    closed = true;
    while (running > 0) {
      wait();
    }
    executor.close();
  }
}
