package dev.memoryproxy.index.sim;

import dev.memoryproxy.index.IndexMutations;
import java.util.ArrayList;
import java.util.List;

/** Every rule that the simulation must miss when it is gone. */
final class Mutants {
  static final String NO_HEAD_ON_NOTHING = "NO_HEAD_ON_MD5_OF_NOTHING";
  static final String BLIND_SUCCESS = "BLIND_2XX_AFTER_A_LOST_MERGE";

  // Rules of readers, which a simulation of their own looks after.
  static final String OLDER_READS_BELIEVED = "OLDER_READS_PROVE_NOTHING";
  static final String MEMORY_PROVES_READS = "READS_NEED_A_LOOK_AFTER_ARRIVAL";

  private Mutants() {}

  static List<String> all() {
    List<String> all = new ArrayList<>(IndexMutations.rules());
    all.add(NO_HEAD_ON_NOTHING);
    all.add(BLIND_SUCCESS);
    return all;
  }
}
