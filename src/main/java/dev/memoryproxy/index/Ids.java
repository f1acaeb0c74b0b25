package dev.memoryproxy.index;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Ids that differ, as 32 hex digits. */
final class Ids {
  private Ids() {}

  static String random(RandomGenerator random) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }
}
