package dev.memoryproxy.index.sim;

import dev.memoryproxy.storage.DeleteResult;
import dev.memoryproxy.storage.Listing;
import dev.memoryproxy.storage.ObjectAttributes;
import dev.memoryproxy.storage.ObjectContent;
import dev.memoryproxy.storage.ObjectHead;
import dev.memoryproxy.storage.ObjectStore;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.PutResult;
import dev.memoryproxy.storage.StoreException;
import dev.memoryproxy.storage.WriteCondition;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One process's view of the bucket, through a network that delays, loses and repeats. */
final class NodeStore implements ObjectStore {
  private static final long TIMEOUT_MICROS = 10_000_000;

  private final World world;
  private final SimStore bucket;
  private final Faults faults;
  private final SimNode node;
  private final List<Request<?>> sent = new ArrayList<>();

  NodeStore(World world, SimStore bucket, Faults faults, SimNode node) {
    this.world = world;
    this.bucket = bucket;
    this.faults = faults;
    this.node = node;
  }

  /** A request on its way to the bucket. */
  private final class Request<T> {
    private final Supplier<T> effect;
    private final Promise<T> reply = Promise.promise();
    private final String kind;
    private final int life = node.life;
    private boolean arrived;
    private boolean held;

    private Request(String kind, Supplier<T> effect) {
      this.kind = kind;
      this.effect = effect;
    }

    private void send(boolean write, boolean checkpoint) {
      sent.add(this);
      long there = delay();
      if (write && checkpoint && world.chance(faults.checkpointFails)) {
        fail(StoreException.Kind.BUSY, there);
      } else if (world.chance(faults.busy)) {
        fail(StoreException.Kind.BUSY, there + delay());
      } else if (world.chance(faults.failsWithoutEffect)) {
        fail(StoreException.Kind.AMBIGUOUS, world.chance(500) ? there : TIMEOUT_MICROS);
      } else if (write && world.chance(faults.takesEffectLate)) {
        fail(StoreException.Kind.AMBIGUOUS, TIMEOUT_MICROS);
        world.after(world.between(0, 300_000_000L), this::apply);
      } else {
        boolean lost = world.chance(faults.losesReply);
        boolean twice = write && world.chance(faults.appliedTwice);
        arrive(there, twice, lost);
      }
    }

    private void arrive(long micros, boolean twice, boolean lost) {
      world.after(
          micros,
          () -> {
            if (held) {
              return;
            }
            reach(twice, lost);
          });
    }

    private void reach(boolean twice, boolean lost) {
      T first = apply();
      T shown = twice ? effect.get() : first;
      if (lost) {
        fail(StoreException.Kind.AMBIGUOUS, world.chance(500) ? delay() : TIMEOUT_MICROS);
      } else {
        world.after(delay(), () -> answer(() -> reply.tryComplete(shown)));
      }
    }

    private T apply() {
      arrived = true;
      return effect.get();
    }

    private void fail(StoreException.Kind failure, long micros) {
      arrived = true;
      world.after(
          micros,
          () -> answer(() -> reply.tryFail(new StoreException(failure, "simulated", null))));
    }

    private void answer(Runnable delivery) {
      sent.remove(this);
      if (node.alive && node.life == life) {
        node.hears(kind);
      }
      node.deliver(life, delivery);
    }
  }

  private long delay() {
    long usual = faults.baseMicros + world.random.nextLong(faults.jitterMicros);
    return world.chance(faults.slow) ? usual * 50 : usual;
  }

  /** The process stops: what has not left it yet leaves it when it wakes. */
  void freeze(List<Runnable> onWaking) {
    for (Request<?> request : sent) {
      if (!request.arrived && !request.held && world.chance(600)) {
        request.held = true;
        onWaking.add(() -> world.after(delay(), () -> request.reach(false, false)));
      }
    }
  }

  private <T> Future<T> request(String kind, String key, boolean write, Supplier<T> effect) {
    Request<T> request = new Request<>(kind, effect);
    request.send(write, key.endsWith(".sync-index.json"));
    node.sent(kind);
    return request.reply.future();
  }

  private static String kind(String method, String key) {
    if (key.contains(".sync-log/")) {
      return method + " log";
    }
    return method + (key.endsWith(".sync-index.json") ? " checkpoint" : " file");
  }

  @Override
  public Future<Optional<ObjectHead>> head(String key) {
    return request(
        kind("HEAD", key),
        key,
        false,
        () -> Optional.ofNullable(bucket.get(key)).map(SimStore.Stored::head));
  }

  @Override
  public Future<Optional<ObjectContent>> get(String key) {
    return request(
        kind("GET", key), key, false, () -> Optional.ofNullable(bucket.get(key)).map(Content::new));
  }

  @Override
  public Future<Optional<ObjectContent>> getRange(String key, String etag, long first, long last) {
    return request(
        kind("GET", key),
        key,
        false,
        () ->
            Optional.ofNullable(bucket.get(key))
                .filter(stored -> stored.head().etag().equals(etag))
                .map(Content::new));
  }

  @Override
  public Future<PutResult> put(
      String key, Payload payload, ObjectAttributes attributes, WriteCondition condition) {
    Buffer bytes = ((Payload.InMemory) payload).bytes();
    node.puts(key, attributes);
    return request(
        kind("PUT", key), key, true, () -> bucket.put(key, bytes, attributes, condition));
  }

  @Override
  public Future<DeleteResult> delete(String key, WriteCondition condition) {
    return request(kind("DELETE", key), key, false, () -> bucket.delete(key, condition));
  }

  @Override
  public Future<Listing> list(String prefix, String startAfter, int limit) {
    return request(
        prefix.contains(".sync-log/") ? "LIST log" : "LIST files",
        prefix,
        false,
        () -> bucket.list(prefix, startAfter, limit));
  }

  @Override
  public boolean conditionalDeletes() {
    return true;
  }

  @Override
  public boolean uniqueEtags() {
    return bucket.uniqueEtags;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }

  private record Content(SimStore.Stored stored) implements ObjectContent {
    @Override
    public ObjectHead head() {
      return stored.head();
    }

    @Override
    public long length() {
      return stored.bytes().length();
    }

    @Override
    public ReadStream<Buffer> stream() {
      return new WholeStream(stored.bytes());
    }

    @Override
    public void discard() {}

    @Override
    public Future<Buffer> bytes() {
      return Future.succeededFuture(stored.bytes());
    }
  }

  /** All bytes at once, as soon as somebody listens. */
  private static final class WholeStream implements ReadStream<Buffer> {
    private final Buffer bytes;
    private @Nullable Handler<Void> end;

    private WholeStream(Buffer bytes) {
      this.bytes = bytes;
    }

    @Override
    public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
      if (handler != null) {
        handler.handle(bytes);
        if (end != null) {
          end.handle(null);
        }
      }
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
      end = handler;
      return this;
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      return this;
    }
  }
}
