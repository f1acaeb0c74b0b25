package dev.memoryproxy.index;

/**
 * Why a namespace's bucket must be compared with its entries before anybody is answered. Belongs to
 * the index's thread.
 */
final class Doubts {
  private Doubt worst = Doubt.NONE;
  private int count;

  /** There is a reason, or {@link Doubt#NONE}. */
  void add(Doubt reason) {
    if (reason != Doubt.NONE) {
      count++;
      worst = reason.compareTo(worst) > 0 ? reason : worst;
    }
  }

  boolean any() {
    return worst != Doubt.NONE;
  }

  /** What a comparison must look for. */
  Doubt worst() {
    return worst;
  }

  /** How many reasons there were so far; for {@link #settle}. */
  int count() {
    return count;
  }

  /**
   * A comparison has settled what was in doubt when it began.
   *
   * @param countBefore what {@link #count} said then
   * @return false when another reason has come up since, which is not settled by it
   */
  boolean settle(int countBefore) {
    if (count != countBefore) {
      return false;
    }
    worst = Doubt.NONE;
    return true;
  }
}
