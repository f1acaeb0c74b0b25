package dev.memoryproxy.e2e;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Two machines of one user, edited and synced at random, with one machine at work in the middle of
 * the other's sync.
 *
 * <p>No two edits have the same content, so each can be followed. An edit is over when a user
 * replaced or deleted it on a machine that had it on its disk; until then it must be somewhere, and
 * from then on nowhere.
 */
final class TwoMachines implements Machine.World {
  private static final int STEPS = 14;
  private static final int SETTLING_SYNCS = 12;
  private static final List<String> PATHS =
      List.of("MEMORY.md", "notes/todo.md", "notes/100% + \u00e4.md", "blob/a.json");

  private final Random random;
  private final Client client;
  private final List<Machine> machines;
  private final Set<String> alive = new HashSet<>();
  private final Set<String> over = new HashSet<>();
  private final List<String> history = new ArrayList<>();
  private boolean troubled = true;
  private boolean nested;
  private int edits;

  TwoMachines(long seed, Client client, boolean fullListInAnswers) {
    this.random = new Random(seed);
    this.client = client;
    this.machines =
        List.of(
            new Machine("laptop", client, this, random, fullListInAnswers),
            new Machine("server", client, this, random, fullListInAnswers));
  }

  /** Works, settles, and answers what has gone wrong; empty when nothing has. */
  List<String> run() {
    for (int step = 0; step < STEPS; step++) {
      Machine machine = machines.get(random.nextInt(2));
      if (random.nextInt(3) > 0) {
        work(machine);
      } else {
        sync(machine);
      }
    }
    troubled = false;
    List<String> problems = new ArrayList<>();
    if (!settle()) {
      problems.add("the machines never settle");
    }
    judge(problems);
    if (!problems.isEmpty()) {
      problems.add("history: " + history);
    }
    return problems;
  }

  private boolean settle() {
    for (int i = 0; i < SETTLING_SYNCS; i++) {
      boolean busy = false;
      for (Machine machine : machines) {
        busy |= sync(machine);
      }
      if (!busy) {
        return true;
      }
    }
    return false;
  }

  private boolean sync(Machine machine) {
    history.add(machine + " syncs");
    return machine.sync();
  }

  private void work(Machine machine) {
    Map<String, String> disk = machine.disk();
    List<String> choice = new ArrayList<>(PATHS);
    disk.keySet().stream().filter(path -> !PATHS.contains(path)).forEach(choice::add);
    String path = choice.get(random.nextInt(choice.size()));
    String before = disk.get(path);
    if (before != null) {
      alive.remove(before);
      over.add(before);
    }
    if (before != null && random.nextInt(3) == 0) {
      disk.remove(path);
      history.add(machine + " deletes " + path + " (" + before + ")");
    } else {
      String content = "edit " + ++edits;
      disk.put(path, content);
      alive.add(content);
      history.add(machine + " writes " + path + " (" + content + " over " + before + ")");
    }
  }

  @Override
  public void meanwhile(Machine machine) {
    if (!troubled || nested || random.nextInt(4) > 0) {
      return;
    }
    nested = true;
    Machine other = machines.get(machine == machines.get(0) ? 1 : 0);
    work(other);
    if (random.nextBoolean()) {
      sync(other);
    }
    nested = false;
  }

  @Override
  public boolean downloadFails() {
    return troubled && random.nextInt(3) == 0;
  }

  @Override
  public boolean answerIsLost() {
    return troubled && random.nextInt(4) == 0;
  }

  private void judge(List<String> problems) {
    Map<String, String> stored = stored();
    for (Machine machine : machines) {
      if (!machine.disk().equals(stored)) {
        problems.add(machine + " has " + machine.disk() + ", the service has " + stored);
      }
    }
    for (String edit : alive) {
      if (!stored.containsValue(edit)) {
        problems.add("lost: " + edit);
      }
    }
    for (String edit : over) {
      if (stored.containsValue(edit)) {
        problems.add("resurrected: " + edit);
      }
    }
  }

  private Map<String, String> stored() {
    Map<String, String> files = new TreeMap<>();
    for (Map.Entry<String, Object> file : client.files()) {
      if (!((JsonObject) file.getValue()).getBoolean("is_deleted")) {
        files.put(file.getKey(), client.get(file.getKey()).text());
      }
    }
    return new HashMap<>(files);
  }
}
