package dev.memoryproxy.index;

import dev.memoryproxy.storage.PutResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes checkpoints. Each replaces exactly the one that this process knows, so a process that fell
 * behind never puts an older state over a newer one.
 */
final class Checkpointer {
  private static final long LOG_AT_LEAST = 64 * 1024;
  private static final long SMALL = 256 * 1024;

  /** What a look at a file costs, as bytes of a checkpoint that spares it. */
  private static final long LOOK_BYTES = 1024;

  private final IndexEnvironment environment;
  private final Set<Rule> broken;
  private final CheckpointStore checkpoints;
  private final Poison poison;
  private final Supplier<IndexState> state;
  private final Runnable foreignSeen;
  private final Announcer announcer;
  private @Nullable String etag;
  private long durableSeq;
  private long bytes;
  private long logBytes;
  private boolean adoptive;
  private @Nullable Future<Void> writing;
  private long claimed;
  private long unkeptLooks;

  /**
   * @param announcer hears what each checkpoint amounts to
   * @param foreignSeen told when somebody put a checkpoint there that is not ours
   */
  Checkpointer(
      IndexEnvironment environment,
      Set<Rule> broken,
      CheckpointStore checkpoints,
      Poison poison,
      Supplier<IndexState> state,
      Runnable foreignSeen,
      Announcer announcer) {
    this.environment = environment;
    this.broken = broken;
    this.checkpoints = checkpoints;
    this.poison = poison;
    this.state = state;
    this.foreignSeen = foreignSeen;
    this.announcer = announcer;
  }

  /** The bucket's checkpoint was read. */
  void seen(CheckpointStore.Stored stored, long logBytesAfter) {
    Checkpoint checkpoint = stored.checkpoint();
    etag = stored.etag();
    bytes = stored.bytes();
    logBytes = logBytesAfter;
    adoptive = checkpoint == null || !checkpoint.ours() || checkpoint.unverified();
    if (checkpoint != null && checkpoint.ours()) {
      durableSeq = Math.max(durableSeq, checkpoint.seq());
    }
  }

  /** Whether the bucket has none, as far as this process knows. */
  boolean absent() {
    return etag == null && writing == null;
  }

  boolean isWriting() {
    return writing != null;
  }

  /**
   * A comparison looked at files that the next one need not look at, if a checkpoint says so.
   *
   * @return whether a checkpoint is worth it
   */
  boolean compared(int looks) {
    unkeptLooks += looks;
    return worthwhile();
  }

  /** A log object was applied. */
  void logGrew(int by) {
    logBytes += by;
  }

  /** The highest number that a checkpoint in the bucket certainly holds. */
  long durableSeq() {
    return broken.contains(Rule.TRUNCATION_AFTER_DURABLE_CHECKPOINT)
        ? Math.max(claimed, durableSeq)
        : durableSeq;
  }

  /** Whether the log has outgrown the checkpoint. */
  boolean due() {
    return writing == null && logBytes > Math.max(LOG_AT_LEAST, size() / 4);
  }

  /**
   * Whether a checkpoint is worth its bytes when nothing else is going on: a small index is soon
   * exact in the bucket, a large one is not rewritten for a lone change.
   */
  boolean worthwhile() {
    // One that must be replaced is worth it once the state may be believed.
    boolean replace =
        (adoptive && !state.get().unverified())
            || (unkeptLooks > 0 && (size() <= SMALL || unkeptLooks * LOOK_BYTES >= size()));
    return writing == null
        && (replace || state.get().seq() > durableSeq)
        && (replace || size() <= SMALL || logBytes * 16 >= size());
  }

  private long size() {
    return Math.max(bytes, state.get().publishedBytes());
  }

  /** Writes one of the state as it is now, unless one is being written. */
  Future<Void> write() {
    Future<Void> running = writing;
    if (running != null) {
      return running;
    }
    IndexState.Snapshot snapshot = state.get().snapshot();
    claimed = snapshot.seq();
    NamespaceSummary summary = state.get().summary();
    long logHeld = logBytes;
    long looksHeld = unkeptLooks;
    String replaces = etag;
    if (snapshot.seq() < durableSeq && !broken.contains(Rule.LOWER_CHECKPOINT_NEVER_REPLACES)) {
      // The bucket has a newer one than this process has read of the log.
      snapshot.close();
      return Future.succeededFuture();
    }
    Future<Void> done =
        environment
            .offload()
            .run(() -> CheckpointCodec.encode(snapshot))
            .eventually(
                () -> {
                  snapshot.close();
                  return Future.succeededFuture();
                })
            // First of all, so that a checkpoint never shows what the list of namespaces does not.
            .compose(encoded -> announcer.announce(summary).map(encoded))
            .compose(encoded -> put(snapshot, logHeld, encoded, replaces))
            .onSuccess(stored -> unkeptLooks = Math.max(0, unkeptLooks - looksHeld));
    if (done.isComplete()) {
      return done;
    }
    writing = done;
    return done.eventually(
        () -> {
          writing = null;
          return Future.succeededFuture();
        });
  }

  private Future<Void> put(
      IndexState.Snapshot held, long logHeld, Buffer encoded, @Nullable String replaces) {
    long seq = held.seq();
    Future<PutResult> put =
        broken.contains(Rule.LOWER_CHECKPOINT_NEVER_REPLACES)
            ? checkpoints.replaceBlindly(encoded)
            : checkpoints.replace(encoded, replaces);
    return put.transform(
        result -> {
          if (result.succeeded() && result.result().status() == PutResult.Status.STORED) {
            etag = result.result().etag();
            bytes = encoded.length();
            durableSeq = Math.max(durableSeq, seq);
            logBytes = Math.max(0, logBytes - logHeld);
            adoptive = held.unverified();
            return Future.succeededFuture();
          }
          return look(seq, result.cause());
        });
  }

  /** The outcome is unknown or somebody else was first: takes over what the bucket holds. */
  private Future<Void> look(long seq, @Nullable Throwable failure) {
    return checkpoints
        .read()
        .compose(
            stored -> {
              UnreadableException damage = stored.damage();
              if (damage != null && damage.newer()) {
                return poison.newer("checkpoint", damage);
              }
              Checkpoint checkpoint = stored.checkpoint();
              boolean foreign = checkpoint == null || !checkpoint.ours();
              seen(stored, checkpoint != null && checkpoint.seq() >= seq ? 0 : logBytes);
              if (foreign) {
                foreignSeen.run();
              }
              return checkpoint != null && checkpoint.ours() && checkpoint.seq() >= seq
                  ? Future.succeededFuture()
                  : Future.failedFuture(
                      failure != null
                          ? failure
                          : new IllegalStateException("another checkpoint is in the way"));
            });
  }
}
