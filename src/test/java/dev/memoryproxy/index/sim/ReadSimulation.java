package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.BlobAddress;
import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.blob.Md5;
import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.blob.Precondition;
import dev.memoryproxy.blob.ProxyError;
import dev.memoryproxy.index.IndexService.Standing;
import dev.memoryproxy.storage.Payload;
import dev.memoryproxy.storage.StorageMutations.Shown;
import dev.memoryproxy.storage.StorageService.PutCommand;
import dev.memoryproxy.storage.StorageService.Written;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One seeded run of readers and writers at several processes, most of them after the same few
 * files.
 *
 * <p>What a reader gets from memory must show every write acknowledged before it asked, always.
 * What it gets from the store must too, as long as neither contents repeat nor files are deleted:
 * where ETags repeat, an object may show a lower version than its entry until it is stamped again.
 */
final class ReadSimulation implements SimStore.Observer {
  private static final long MAX_STEPS = 400_000;
  private static final int REQUESTS = 40;

  private final World world;
  private final Faults faults;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<String> violations = new ArrayList<>();
  private final Map<String, Long> floor = new HashMap<>();
  private final Map<String, Map<Long, String>> acknowledged = new HashMap<>();
  private final Set<String> deleted = new HashSet<>();
  private final int paths;
  private final boolean repeats;
  private int contents;
  private int unanswered;

  /** Reads answered, and those of them that needed no request for the content. */
  int reads;

  int readsFromMemory;

  ReadSimulation(long seed, Set<String> broken) {
    world = new World(seed);
    faults = Faults.draw(world);
    SimStore bucket = new SimStore(world, this);
    paths = (int) world.between(1, 3);
    repeats = world.chance(400);
    for (int i = 0; i < (int) world.between(2, 3); i++) {
      nodes.add(
          new SimNode(
              world,
              bucket,
              faults,
              broken,
              24 * 3_600_000L,
              world.between(-60_000, 60_000),
              world.chance(500),
              (kind, message) -> {},
              (node, attributes) -> {}));
    }
  }

  @Override
  public void checkpointWritten(Buffer bytes) {}

  @Override
  public void fileWritten(SimStore.@Nullable Stored before, SimStore.Stored after, boolean again) {}

  /** Runs and judges; returns the violations, oldest first. */
  List<String> run() {
    int clients = (int) world.between(3, 8);
    long think = world.chance(500) ? 5_000 : 100_000;
    for (int i = 0; i < clients; i++) {
      unanswered += REQUESTS;
      next(REQUESTS, think);
    }
    world.runForMillis(3_600_000, MAX_STEPS);
    if (unanswered > 0) {
      violations.add(unanswered + " requests were never answered");
    }
    return violations;
  }

  private void next(int left, long think) {
    if (left > 0) {
      world.after(
          world.between(0, think),
          () ->
              act()
                  .onComplete(
                      done -> {
                        unanswered--;
                        next(left - 1, think);
                      }));
    }
  }

  private Future<?> act() {
    SimNode node = nodes.get(world.random.nextInt(nodes.size()));
    BlobAddress address =
        new BlobAddress(Namespace.DEFAULT, BlobPath.parse("p" + world.random.nextInt(paths)));
    if (world.chance(800)) {
      return read(node, address);
    }
    return repeats && world.chance(250) ? delete(node, address) : put(node, address);
  }

  private Future<?> put(SimNode node, BlobAddress address) {
    String text = repeats && world.chance(600) ? "{}" : "content " + contents++;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    PutCommand command =
        new PutCommand(
            address,
            world.chance(100) ? new Precondition.IfAbsent() : latest(node, address),
            new Payload.InMemory(Buffer.buffer(bytes)),
            Md5.of(bytes),
            "text/plain");
    return node.reads.put(command, node.writer).onSuccess(written -> note(address, written, text));
  }

  /** What this process remembers, which may be past. */
  private static Precondition latest(SimNode node, BlobAddress address) {
    return Optional.ofNullable(node.index.lookup(address.path()).result())
        .flatMap(Standing::entry)
        .<Precondition>map(entry -> new Precondition.IfVersion(entry.version()))
        .orElseGet(Precondition.IfAbsent::new);
  }

  private Future<?> delete(SimNode node, BlobAddress address) {
    deleted.add(address.path().toString());
    return node.reads.delete(address, node.writer).onSuccess(written -> note(address, written, ""));
  }

  private void note(BlobAddress address, Written written, String text) {
    String path = address.path().toString();
    long version = written.entry().version();
    floor.merge(path, version, Math::max);
    if (!written.entry().deleted()) {
      acknowledged.computeIfAbsent(path, none -> new HashMap<>()).put(version, text);
    }
  }

  private Future<?> read(SimNode node, BlobAddress address) {
    String path = address.path().toString();
    long owed = floor.getOrDefault(path, 0L);
    int gets = node.fileGets();
    return node.reads
        .open(address)
        .onComplete(
            done -> {
              boolean fromMemory = node.fileGets() == gets;
              if (done.succeeded()) {
                check(path, owed, done.result(), fromMemory);
              } else if (!(done.cause() instanceof ProxyError error)
                  || error.kind() != ProxyError.Kind.NOT_FOUND) {
                // It says that it cannot tell, which breaks no promise.
                return;
              } else if (owed > 0 && !deleted.contains(path)) {
                violation(path + " is gone, owed at " + owed);
              }
            });
  }

  private void check(String path, long owed, Shown shown, boolean fromMemory) {
    reads++;
    readsFromMemory += fromMemory ? 1 : 0;
    long version = shown.info().version();
    String text = shown.bytes().toString();
    if (!Md5.of(shown.bytes().getBytes()).equals(shown.info().md5())) {
      violation(path + " has the MD5 of something else");
    }
    if (version < owed && (fromMemory || !(repeats || deleted.contains(path)))) {
      violation(
          path
              + " at "
              + version
              + ", owed at "
              + owed
              + (fromMemory ? " from memory" : " from the store"));
    }
    String known = acknowledged.getOrDefault(path, Map.of()).get(version);
    // A state that is not on record yet is shown under the version that it might get.
    if (fromMemory && known != null && !known.equals(text)) {
      violation(path + " at " + version + " is '" + text + "', not '" + known + "'");
    }
  }

  private void violation(String text) {
    violations.add("at " + world.nowMicros() / 1000 + " ms: " + text);
  }
}
