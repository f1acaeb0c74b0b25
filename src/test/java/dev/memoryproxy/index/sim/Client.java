package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.SyncView;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Someone who writes, deletes, reads and syncs, one request after the other, at any process. */
final class Client {
  /** Contents repeat: that is where ETags stop telling states apart. */
  private static final List<String> CONTENTS = List.of("{}", "{}", "", "", "a", "b", "c");

  private static final long GIVES_UP_MILLIS = 60_000;

  private final World world;
  private final History history;
  private final SimStore bucket;
  private final List<SimNode> nodes;
  private final List<String> paths;
  private final Map<SimNode, Map<String, History.Write>> active;
  private final Map<String, JsonObject> seen = new HashMap<>();
  private final Map<String, JsonObject> replica = new HashMap<>();
  private final String name;
  private final SimNode home;
  private final long thinkMillis;
  private long cursor;
  private int left;
  private boolean running;
  int unavailable;

  Client(
      World world,
      History history,
      SimStore bucket,
      List<SimNode> nodes,
      List<String> paths,
      Map<SimNode, Map<String, History.Write>> active,
      String name,
      long thinkMillis) {
    this.world = world;
    this.history = history;
    this.bucket = bucket;
    this.nodes = nodes;
    this.paths = paths;
    this.active = active;
    this.name = name;
    this.home = nodes.get(world.random.nextInt(nodes.size()));
    this.thinkMillis = thinkMillis;
  }

  /** Sends so many more requests. */
  void work(int requests) {
    left += requests;
    if (!running) {
      running = true;
      think();
    }
  }

  boolean resting() {
    return !running;
  }

  private void think() {
    if (left-- <= 0) {
      left = 0;
      running = false;
      return;
    }
    world.after(world.between(0, thinkMillis * 1000), this::act);
  }

  private void act() {
    SimNode node = world.chance(600) ? home : nodes.get(world.random.nextInt(nodes.size()));
    String path = paths.get(world.random.nextInt(paths.size()));
    int kind = world.random.nextInt(100);
    Future<?> done;
    if (kind < 48) {
      done = put(node, path);
    } else if (kind < 62) {
      done = delete(node, path);
    } else if (kind < 84) {
      done = sync(node);
    } else if (kind < 92) {
      done = follow(node);
    } else {
      done = read(node, path);
    }
    done.onComplete(
        result -> {
          if (kind >= 62
              && result.cause() instanceof ProxyError error
              && error.kind().status() >= 500) {
            unavailable++;
          }
          if (result.cause() instanceof ProxyError error
              && error.kind() == ProxyError.Kind.INTERNAL) {
            history.violation("a defect: " + error.getCause());
          }
          think();
        });
  }

  private <T> Future<T> at(SimNode node, Supplier<Future<T>> work) {
    Promise<T> answer = Promise.promise();
    if (!node.alive) {
      return Future.failedFuture("connection refused");
    }
    world.after(
        world.between(100, 5_000),
        () ->
            node.deliver(
                node.life, () -> work.get().onComplete(answer::tryComplete, answer::tryFail)));
    world.afterMillis(GIVES_UP_MILLIS, () -> answer.tryFail("the client gave up"));
    return answer.future();
  }

  private Precondition precondition(String path) {
    JsonObject known = seen.get(path);
    if (known == null || world.chance(120)) {
      return new Precondition.IfAbsent();
    }
    boolean deleted = known.getBoolean("is_deleted");
    if (deleted && world.chance(500)) {
      return new Precondition.IfAbsent();
    }
    if (!deleted && world.chance(150)) {
      return new Precondition.IfMd5(known.getString("md5"));
    }
    return new Precondition.IfVersion(known.getLong("version"));
  }

  Future<Written> put(SimNode node, String path) {
    Precondition precondition = precondition(path);
    History.Write write = new History.Write(path, precondition, false, history);
    Buffer bytes = Buffer.buffer(CONTENTS.get(world.random.nextInt(CONTENTS.size())));
    PutCommand command =
        new PutCommand(
            new BlobAddress(Namespace.DEFAULT, BlobPath.parse(path)),
            precondition,
            new Payload.InMemory(bytes),
            Md5.of(bytes.getBytes()),
            "text/plain");
    return change(node, write, () -> node.writer.put(command));
  }

  private Future<Written> delete(SimNode node, String path) {
    JsonObject known = seen.get(path);
    Precondition precondition =
        known == null || world.chance(300)
            ? new Precondition.None()
            : new Precondition.IfVersion(known.getLong("version"));
    History.Write write = new History.Write(path, precondition, true, history);
    BlobAddress address = new BlobAddress(Namespace.DEFAULT, BlobPath.parse(path));
    return change(node, write, () -> node.writer.delete(address, precondition));
  }

  private Future<Written> change(
      SimNode node, History.Write write, Supplier<Future<Written>> work) {
    return at(
            node,
            () -> {
              Promise<Written> answer = Promise.promise();
              node.inTurn(
                  write.path,
                  () -> {
                    active.computeIfAbsent(node, n -> new HashMap<>()).put(write.path, write);
                    return work.get().onComplete(answer);
                  });
              return answer.future();
            })
        .onSuccess(
            guarded(
                written -> {
                  history.acknowledge(write, written.entry(), effects(write.path, written));
                  seen.put(
                      write.path,
                      new JsonObject()
                          .put("version", written.entry().version())
                          .put("md5", written.entry().md5())
                          .put("is_deleted", written.entry().deleted()));
                }));
  }

  /** How many states the file had when this one came to be. */
  private int effects(String path, Written written) {
    List<SimStore.Stored> states =
        bucket.histories.getOrDefault(SimNode.PREFIX + "/" + path, List.of());
    for (int i = states.size() - 1; i >= 0; i--) {
      if (states.get(i).meta("write-id").equals(written.entry().writeId())) {
        return i + 1;
      }
    }
    return 0;
  }

  Future<?> sync(SimNode node) {
    History.Floor floor = history.floorNow();
    long began = world.nowMicros();
    return at(
            node,
            () -> node.index.tail().compose(v -> node.index.view().encode(SyncView.Query.ALL)))
        .onSuccess(
            guarded(
                document -> {
                  history.synced(
                      document, floor, name + " asking at " + began / 1000 + " ms " + node);
                  JsonObject files = new JsonObject(document).getJsonObject("files");
                  files.forEach(f -> seen.put(f.getKey(), (JsonObject) f.getValue()));
                }));
  }

  /** Asks for what has changed, and for everything at the same moment to compare. */
  private Future<?> follow(SimNode node) {
    SyncView.Query query = new SyncView.Query(OptionalLong.of(cursor), "");
    return at(
            node,
            () ->
                node.index
                    .tail()
                    .compose(
                        v -> {
                          SyncView view = node.index.view();
                          return Future.join(view.encode(query), view.encode(SyncView.Query.ALL));
                        }))
        .onSuccess(
            guarded(
                both -> {
                  JsonObject changes = new JsonObject(both.<Buffer>resultAt(0));
                  if (changes.getBoolean("complete")) {
                    replica.clear();
                  }
                  changes
                      .getJsonObject("files")
                      .forEach(f -> replica.put(f.getKey(), (JsonObject) f.getValue()));
                  cursor = changes.getLong("index_version");
                  history.followed(replica, both.resultAt(1), name + " following at " + node);
                }));
  }

  Future<?> read(SimNode node, String path) {
    BlobAddress address = new BlobAddress(Namespace.DEFAULT, BlobPath.parse(path));
    return at(node, () -> node.reader.apply(address))
        .onSuccess(
            guarded(
                info ->
                    seen.put(
                        path,
                        new JsonObject()
                            .put("version", info.version())
                            .put("md5", info.md5())
                            .put("is_deleted", false))));
  }

  /** A listener's exception would vanish in the future it listens to. */
  private <T> Handler<T> guarded(Consumer<T> listener) {
    return value -> {
      try {
        listener.accept(value);
      } catch (RuntimeException e) {
        history.violation("the check broke: " + e + " at " + e.getStackTrace()[0]);
      }
    };
  }
}
