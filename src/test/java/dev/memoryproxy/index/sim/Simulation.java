package dev.memoryproxy.index.sim;

import dev.memoryproxy.blob.BlobPath;
import dev.memoryproxy.index.Alarms;
import dev.memoryproxy.index.IndexEntry;
import dev.memoryproxy.index.IndexService.Standing;
import dev.memoryproxy.storage.ObjectAttributes;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One seeded run: processes, clients, faults, and the judgement. */
final class Simulation {
  private static final long MAX_STEPS = 400_000;
  private static final long HOUR = 3_600_000;

  private final long seed;
  private final World world;
  private final History history;
  private final SimStore bucket;
  private final Faults faults;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final List<String> paths = new ArrayList<>();
  private final Map<SimNode, Map<String, History.Write>> active = new HashMap<>();
  private final boolean calm;
  private boolean ending;

  Simulation(long seed, Set<String> broken) {
    this.seed = seed;
    this.world = new World(seed);
    this.history = new History(world);
    this.bucket = new SimStore(world, history);
    this.faults = Faults.draw(world);
    this.calm = world.chance(150);
    for (int i = 0; i < (int) world.between(1, 3); i++) {
      paths.add("p" + i);
    }
    int processes = (int) world.between(2, 3);
    for (int i = 0; i < processes; i++) {
      nodes.add(
          new SimNode(
              world,
              bucket,
              faults,
              broken,
              world.chance(800) ? HOUR : 24 * HOUR,
              skew(),
              world.chance(700),
              this::alarm,
              this::filePut));
    }
    for (int i = 0; i < (int) world.between(2, 4); i++) {
      clients.add(
          new Client(
              world,
              history,
              bucket,
              nodes,
              paths,
              active,
              "client " + i,
              world.chance(500) ? 50 : 600));
    }
  }

  private long skew() {
    return switch (world.random.nextInt(6)) {
      case 0 -> world.between(-3 * HOUR, 3 * HOUR);
      case 1 -> world.between(-60_000, 60_000);
      case 2 -> 3 * HOUR;
      default -> world.between(-200, 200);
    };
  }

  private void alarm(Alarms.Kind kind, String message) {
    if (kind != Alarms.Kind.BACKGROUND) {
      history.violation("alarm without damage: " + message);
    } else if (message.contains("failed unexpectedly")) {
      history.violation("a defect: " + message);
    }
  }

  private void filePut(SimNode node, ObjectAttributes attributes) {
    // Every write is served in its path's turn, so the one that is active wrote this.
    String id = attributes.metadata().get("write-id");
    Map<String, History.Write> writes = active.get(node);
    History.Write write = writes == null ? null : writes.get(node.puttingPath);
    if (write != null) {
      write.writeIds.add(id);
      history.writesById.putIfAbsent(id, write);
    }
  }

  /** Runs and judges; returns the violations, oldest first. */
  List<String> run() {
    try {
      int bursts = (int) world.between(2, 6);
      for (int i = 0; i < bursts && history.violations.isEmpty(); i++) {
        disturb();
        burst();
        pauseBetween();
      }
      if (history.violations.isEmpty()) {
        settle();
      }
      if (history.violations.isEmpty()) {
        new Model(history).check(bucket.trueLog, bucket);
      }
    } catch (RuntimeException e) {
      history.violation("the run broke: " + e);
      for (StackTraceElement at : e.getStackTrace()) {
        if (at.getClassName().startsWith("dev.")) {
          history.violation("  " + at);
        }
      }
    }
    return history.violations;
  }

  long steps() {
    return world.steps;
  }

  private void burst() {
    for (Client client : clients) {
      client.work((int) world.between(2, 9));
    }
    long length = world.between(1, 30);
    for (int i = 0; i < length; i++) {
      world.runForMillis(1000, MAX_STEPS);
      if (clients.stream().allMatch(Client::resting)) {
        break;
      }
    }
  }

  private void pauseBetween() {
    long millis =
        switch (world.random.nextInt(8)) {
          case 0, 1 -> world.between(10, 8_000);
          case 2, 3 -> world.between(2_000, 30_000);
          case 4 -> world.between(60_000, 15 * 60_000);
          case 5, 6 -> world.between(HOUR, 2 * HOUR + HOUR / 2);
          default -> world.between(3 * HOUR, 27 * HOUR);
        };
    world.runForMillis(millis, MAX_STEPS);
  }

  /** Sets up what will go wrong in the next burst. */
  private void disturb() {
    for (SimNode node : nodes) {
      if (!node.alive) {
        node.start();
      }
    }
    if (calm) {
      return;
    }
    if (nodes.size() > 2 && world.chance(200)) {
      sleepTogether();
      return;
    }
    for (SimNode node : nodes) {
      if (world.chance(550)) {
        List<String> kinds = SimNode.trapKinds();
        String kind = kinds.get(world.random.nextInt(kinds.size()));
        boolean crash = world.chance(350);
        long length = pauseLength();
        Runnable action =
            crash
                ? () -> {
                  if (!ending) {
                    node.crash();
                    world.afterMillis(world.between(1, 20_000), () -> revive(node));
                  }
                }
                : () -> {
                  if (!ending) {
                    node.pause(length);
                    // Somebody asks it just before and just after it wakes.
                    world.afterMillis(length - 500, () -> clients.get(0).sync(node));
                    world.afterMillis(length + 1, () -> clients.get(0).sync(node));
                  }
                };
        int skip = world.random.nextInt(6);
        world.afterMillis(skip * 100L, () -> node.setTrap(kind, action));
      }
    }
  }

  /** Two processes sleep through a truncation, one of them with a commit on its way. */
  private void sleepTogether() {
    SimNode committing = nodes.get(0);
    SimNode other = nodes.get(1);
    SimNode awake = nodes.get(2);
    long length = world.between(70 * 60_000, 3 * HOUR);
    Runnable sleep =
        () -> {
          if (!ending) {
            committing.pause(length);
            other.pause(length + world.between(1, 400));
            world.afterMillis(length + 1, () -> clients.get(0).sync(other));
            write(awake, 500);
            for (int i = 0; i < 3; i++) {
              write(awake, world.between(length / 2, length - 2000));
            }
          }
        };
    world.afterMillis(world.between(0, 800), () -> committing.setTrap("send PUT log", sleep));
  }

  private void write(SimNode node, long inMillis) {
    String path = paths.get(world.random.nextInt(paths.size()));
    world.afterMillis(
        inMillis,
        () -> {
          if (!ending) {
            clients.get(1).put(node, path);
          }
        });
  }

  private void revive(SimNode node) {
    if (!node.alive) {
      node.start();
      if (world.chance(700)) {
        clients.get(0).sync(node);
      }
    }
  }

  private long pauseLength() {
    return switch (world.random.nextInt(5)) {
      case 0 -> world.between(100, 30_000);
      case 1 -> world.between(11 * 60_000, 40 * 60_000);
      case 2 -> world.between(24 * HOUR, 30 * HOUR);
      default -> world.between(HOUR + 10 * 60_000, 5 * HOUR);
    };
  }

  /** Everything works again: all processes must come to agree with the bucket. */
  private void settle() {
    ending = true;
    boolean hadFaults = faults.any();
    faults.end();
    for (SimNode node : nodes) {
      node.setTrap("", () -> {});
      node.wakeNow();
      if (!node.alive) {
        node.start();
      }
      clients.get(0).sync(node);
    }
    world.runForMillis(400_000, MAX_STEPS);
    if (world.chance(500)) {
      for (SimNode node : nodes) {
        for (String path : paths) {
          clients.get(0).read(node, path);
        }
      }
      world.runForMillis(60_000, MAX_STEPS);
      finish(true);
    } else {
      world.runForMillis(32 * HOUR, MAX_STEPS);
      finish(false);
    }
    if (calm && !hadFaults) {
      for (Client client : clients) {
        if (client.unavailable > 0) {
          history.violation("nothing was wrong, but requests were answered 503");
        }
      }
    }
  }

  private void finish(boolean everyFileWasRead) {
    int[] answers = new int[1];
    for (SimNode node : nodes) {
      clients.get(0).sync(node).onSuccess(done -> answers[0]++);
    }
    world.runForMillis(30_000, MAX_STEPS);
    if (answers[0] < nodes.size()) {
      history.violation("only " + answers[0] + " processes answer at the end");
    }
    for (String path : paths) {
      for (SimNode node : nodes) {
        Future<Standing> standing = node.index.lookup(BlobPath.parse(path));
        compare(path, standing.result().entry(), everyFileWasRead, node);
      }
    }
    for (SimNode node : nodes) {
      // Background work may be under way at any one moment, but not at all of them.
      for (int i = 0; i < 10 && !node.index.idle(); i++) {
        world.runForMillis(7_000, MAX_STEPS);
      }
      if (!node.index.idle()) {
        history.violation("changes wait for ever at " + node);
      }
    }
  }

  private void compare(String path, Optional<IndexEntry> entry, boolean exactly, SimNode node) {
    SimStore.Stored object = bucket.get(SimNode.PREFIX + "/" + path);
    if (object == null || entry.isEmpty()) {
      if (object != null || entry.isPresent()) {
        history.violation(node + ": " + path + " is " + object + " but listed as " + entry);
      }
      return;
    }
    IndexEntry listed = entry.get();
    boolean same =
        listed.deleted() == object.meta("is-deleted").equals("true")
            && listed.md5().equals(object.meta("content-md5"))
            && listed.size() == object.bytes().length()
            && (!exactly || object.meta("write-id").equals(listed.writeId()));
    if (!same) {
      history.violation(node + ": " + path + " is " + object.head() + " but listed as " + listed);
    }
  }

  @Override
  public String toString() {
    return "seed " + seed;
  }
}
