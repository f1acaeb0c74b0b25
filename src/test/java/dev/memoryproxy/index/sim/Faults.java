package dev.memoryproxy.index.sim;

/** How bad the network and the store are, in chances of a thousand for each request. */
final class Faults {
  int busy;
  int failsWithoutEffect;
  int losesReply;
  int takesEffectLate;
  int appliedTwice;
  int slow;
  int checkpointFails;
  long baseMicros;
  long jitterMicros;

  /** Faults of a run, drawn by its seed. */
  static Faults draw(World world) {
    Faults faults = new Faults();
    faults.baseMicros = world.between(1, 20) * 1000;
    faults.jitterMicros = world.between(1, 40) * 1000;
    if (world.chance(250)) {
      return faults;
    }
    int worst = (int) world.between(5, 120);
    faults.busy = world.random.nextInt(worst);
    faults.failsWithoutEffect = world.random.nextInt(worst);
    faults.losesReply = world.random.nextInt(worst);
    faults.takesEffectLate = world.random.nextInt(worst) / 2;
    faults.appliedTwice = world.random.nextInt(worst);
    faults.slow = world.random.nextInt(worst) / 2;
    faults.checkpointFails = world.chance(200) ? 900 : 0;
    return faults;
  }

  /** From now on everything works. */
  void end() {
    busy = 0;
    failsWithoutEffect = 0;
    losesReply = 0;
    takesEffectLate = 0;
    appliedTwice = 0;
    slow = 0;
    checkpointFails = 0;
  }

  boolean any() {
    return busy + failsWithoutEffect + losesReply + takesEffectLate + appliedTwice + slow > 0
        || checkpointFails > 0;
  }
}
