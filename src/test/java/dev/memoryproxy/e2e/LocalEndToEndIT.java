package dev.memoryproxy.e2e;

import java.util.Map;

class LocalEndToEndIT extends EndToEndContract {
  @Override
  Map<String, String> freshStorage() {
    return Map.of("STORAGE", "local", "DATA_DIR", directory.resolve("data").toString());
  }

  @Override
  boolean sharedByProcesses() {
    return false;
  }
}
