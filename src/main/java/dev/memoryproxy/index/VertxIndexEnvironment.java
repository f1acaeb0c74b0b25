package dev.memoryproxy.index;

import dev.memoryproxy.blob.TimeSource;
import dev.memoryproxy.storage.ObjectStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the index takes from outside, as production gives it. */
public final class VertxIndexEnvironment {
  private static final Logger LOG = LoggerFactory.getLogger(NamespaceIndex.class);

  private VertxIndexEnvironment() {}

  /** An environment for indexes that live on the calling context. */
  public static IndexEnvironment of(Vertx vertx, ObjectStore store) {
    return new IndexEnvironment(
        store,
        TimeSource.SYSTEM,
        new ContextScheduler(vertx, vertx.getOrCreateContext()),
        new SecureRandom(),
        new Workers(vertx),
        (kind, message) -> LOG.atError().addKeyValue("alarm", kind).log(message),
        new Turns(IndexEnvironment.COMPARISONS_AT_ONCE));
  }

  private record ContextScheduler(Vertx vertx, Context context) implements Scheduler {
    @Override
    public Timer after(long delayMillis, Runnable task) {
      long timer = vertx.setTimer(delayMillis, fired -> task.run());
      return () -> vertx.cancelTimer(timer);
    }

    /** After the message that is being taken in, which may hold many calls. */
    @Override
    public void soon(Runnable task) {
      context.runOnContext(turn -> task.run());
    }
  }

  /** A lambda cannot have a type parameter. */
  private record Workers(Vertx vertx) implements Offload {
    @Override
    public <T> Future<T> run(Callable<T> work) {
      return vertx.executeBlocking(work, false);
    }
  }
}
