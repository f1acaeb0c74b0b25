package dev.memoryproxy.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Measures the packaged service against bare S3, nginx and a plain handler, and prints one table.
 *
 * <p>{@code -Dbench.rows=put,get} selects families of rows, {@code -Dbench.quick} shortens. The S3
 * server, the service and whatever it is compared with are processes of their own; the load
 * generator is this process.
 */
public final class Benchmark {
  private static final Map<String, Consumer<Bed>> FAMILIES = new LinkedHashMap<>();

  static {
    FAMILIES.put("alone", AloneRows::measure);
    FAMILIES.put("put", PutRows::measure);
    FAMILIES.put("get", GetRows::measure);
    FAMILIES.put("large", LargeRows::measure);
    FAMILIES.put("sync", SyncRows::measure);
    FAMILIES.put("scale", ScaleRows::measure);
    FAMILIES.put("auth", AuthRows::measure);
    FAMILIES.put("start", StartRows::measure);
    FAMILIES.put("uploads", UploadRows::measure);
  }

  private Benchmark() {}

  /** Measures what the properties select. */
  public static void main(String[] arguments) throws IOException {
    String selected = System.getProperty("bench.rows", "");
    List<String> names =
        selected.isBlank() ? List.copyOf(FAMILIES.keySet()) : Arrays.asList(selected.split(","));
    if (!FAMILIES.keySet().containsAll(names)) {
      throw new IllegalArgumentException("bench.rows knows " + FAMILIES.keySet());
    }
    boolean whole = true;
    String quick = System.getProperty("bench.quick", "false");
    Path directory = Files.createTempDirectory("bench");
    try (Bed bed = new Bed(directory, quick.isEmpty() || Boolean.parseBoolean(quick))) {
      for (String name : names) {
        whole &= measure(bed, name);
      }
      bed.table.print();
    } finally {
      remove(directory);
    }
    // The threads of the SDK and of the load generator need not be waited for.
    System.exit(whole ? 0 : 1);
  }

  /** A family that fails leaves a row that says so, and the others go on. */
  private static boolean measure(Bed bed, String name) {
    try {
      requireNonNull(FAMILIES.get(name)).accept(bed);
      return true;
    } catch (RuntimeException e) {
      e.printStackTrace(System.out);
      bed.table.row(name, "**failed**: " + e.getMessage(), "", "", "");
      return false;
    }
  }

  private static void remove(Path directory) throws IOException {
    try (var found = Files.walk(directory)) {
      found.sorted(java.util.Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    }
  }
}
