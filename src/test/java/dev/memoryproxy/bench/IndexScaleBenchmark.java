package dev.memoryproxy.bench;

import dev.memoryproxy.s3server.StrictS3Process;
import dev.memoryproxy.s3server.StrictS3Server;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a namespace costs as it grows: the packaged service with its index at several sizes against
 * the strict S3 server, each a process of its own. Prints one table.
 *
 * <p>Writes of all sizes take turns, so that whatever else the machine does strikes all alike.
 */
public final class IndexScaleBenchmark {
  private static final int WARM_UP = 200;
  private static final int WRITES = 600;
  private static final int REPEATS = 15;
  private static final int OPENINGS = 3;

  private final StrictS3Process s3;
  private final List<ScaleCase> cases;
  private final List<String> rows = new ArrayList<>();

  private IndexScaleBenchmark(StrictS3Process s3, List<ScaleCase> cases) {
    this.s3 = s3;
    this.cases = cases;
  }

  /**
   * Measures and prints.
   *
   * @param arguments numbers of files, separated by commas
   */
  public static void main(String[] arguments) throws IOException {
    int[] sizes = Arrays.stream(arguments[0].split(",")).mapToInt(Integer::parseInt).toArray();
    Path directory = Files.createTempDirectory("index-scale");
    List<ScaleCase> cases = new ArrayList<>();
    StrictS3Process s3 = StrictS3Process.start(StrictS3Server.Options.DEFAULT, "1g");
    try {
      for (int files : sizes) {
        // Closed whatever becomes of it, so it is on the list before it is filled.
        ScaleCase made = new ScaleCase(files, directory, s3);
        cases.add(made);
        made.fill();
      }
      new IndexScaleBenchmark(s3, cases).run();
    } finally {
      cases.forEach(ScaleCase::close);
      s3.close();
    }
  }

  private static String text(BenchClient.Timed answer) {
    return new String(answer.response().body(), StandardCharsets.UTF_8);
  }

  private void run() {
    row("", each(c -> String.format(Locale.ROOT, "%,d files", c.files)));
    rows.add("| --- |" + " ---: |".repeat(cases.size()));
    adoptions("files that no index lists: until all are listed", ScaleCase::adoptForeign);
    adoptions("an index of the older service: first `/sync`", ScaleCase::adoptOlderIndex);
    openings();
    heap();
    writes();
    requestsAWrite();
    syncs();
    row("event loops blocked over 100 ms and other warnings", each(c -> "" + c.warningsWhenWarm()));
    row("the same from start-ups and warming up", each(ScaleCase::coldWarnings));
    System.out.println();
    rows.forEach(System.out::println);
    cases.forEach(c -> System.out.println(c.files + " files:\n" + c.printedWarnings()));
  }

  private void adoptions(String name, ToLongFunction<ScaleCase> adopting) {
    List<String> times = new ArrayList<>();
    List<String> requests = new ArrayList<>();
    for (ScaleCase each : cases) {
      s3.admin("DELETE", "counts", new JsonObject());
      times.add(millis(adopting.applyAsLong(each)));
      JsonObject counts = s3.admin("GET", "counts", new JsonObject());
      requests.add(
          Stream.of("LIST", "HEAD", "GET", "PUT")
              .map(
                  operation ->
                      counts.getJsonObject(operation).getLong("requests") + " " + operation)
              .collect(Collectors.joining(", ")));
    }
    row("adopting " + name, times);
    row("its S3 requests, start and probe included", requests);
  }

  private void openings() {
    long[][] nanos = new long[cases.size()][OPENINGS];
    for (int i = 0; i < OPENINGS; i++) {
      for (int c = 0; c < cases.size(); c++) {
        nanos[c][i] = cases.get(c).reopen();
      }
    }
    row("opening: first `/sync` of a new process", indexes(c -> millis(median(nanos[c]))));
  }

  private void heap() {
    cases.forEach(ScaleCase::restart);
    // A write opens the namespace without making a document for readers.
    cases.forEach(ScaleCase::write);
    long[] heap = cases.stream().mapToLong(ScaleCase::heap).toArray();
    row("live heap, MB", indexes(c -> String.format(Locale.ROOT, "%.1f", heap[c] / 1e6)));
    row(
        "heap for each further file, its path included, bytes",
        indexes(
            c ->
                c == 0
                    ? "-"
                    : "" + (heap[c] - heap[0]) / (cases.get(c).files - cases.get(0).files)));
  }

  private void writes() {
    long[][] nanos = new long[cases.size()][WRITES];
    for (int i = -WARM_UP; i < WRITES; i++) {
      for (int c = 0; c < cases.size(); c++) {
        if (i == 0) {
          cases.get(c).warm();
        }
        long took = cases.get(c).write();
        if (i >= 0) {
          nanos[c][i] = took;
        }
      }
    }
    row("write of 2 KiB, p50", indexes(c -> millis(median(nanos[c]))));
    row(
        "write of 2 KiB, p50, ratio",
        indexes(
            c -> String.format(Locale.ROOT, "%.2f", median(nanos[c]) / (double) median(nanos[0]))));
  }

  private void requestsAWrite() {
    List<String> requests = new ArrayList<>();
    List<String> bytes = new ArrayList<>();
    for (ScaleCase each : cases) {
      s3.admin("DELETE", "counts", new JsonObject());
      for (int i = 0; i < WRITES; i++) {
        each.write();
      }
      JsonObject counts = s3.admin("GET", "counts", new JsonObject());
      requests.add(perWrite(counts, "requests"));
      bytes.add(perWrite(counts, "bytesIn"));
    }
    row("S3 requests a write", requests);
    row("bytes to S3 a write", bytes);
  }

  private static String perWrite(JsonObject counts, String what) {
    long sum =
        counts.stream().mapToLong(each -> ((JsonObject) each.getValue()).getLong(what)).sum();
    return String.format(Locale.ROOT, "%,.2f", sum / (double) WRITES);
  }

  private void syncs() {
    sync("`/sync` after a change", true, each -> each.sync(""));
    sync("`/sync` again", false, each -> each.sync(""));
    sync("`/sync` after a change, gzip", true, ScaleCase::syncGzip);
    sync("`/sync?since=`, 10 changes", false, this::delta);
    sync(
        "`/sync`, 304",
        false,
        each ->
            each.syncUnchanged(
                each.sync("").response().headers().firstValue("ETag").orElseThrow()));
  }

  private BenchClient.Timed delta(ScaleCase each) {
    long version = new JsonObject(text(each.sync("?prefix=none"))).getLong("index_version");
    for (int i = 0; i < 10; i++) {
      each.write();
    }
    return each.sync("?since=" + version);
  }

  private interface Asking {
    BenchClient.Timed ask(ScaleCase each);
  }

  private void sync(String name, boolean changeFirst, Asking asking) {
    List<String> cells = new ArrayList<>();
    for (ScaleCase each : cases) {
      long[] nanos = new long[REPEATS];
      int bytes = 0;
      for (int i = 0; i < REPEATS; i++) {
        if (changeFirst) {
          each.write();
        }
        BenchClient.Timed answer = asking.ask(each);
        nanos[i] = answer.nanos();
        bytes = answer.response().body().length;
      }
      cells.add(String.format(Locale.ROOT, "%s, %,d bytes", millis(median(nanos)), bytes));
    }
    row(name, cells);
  }

  private List<String> each(java.util.function.Function<ScaleCase, String> cell) {
    return cases.stream().map(cell).toList();
  }

  private List<String> indexes(java.util.function.IntFunction<String> cell) {
    return java.util.stream.IntStream.range(0, cases.size()).mapToObj(cell).toList();
  }

  /** Said at once, too: a run over large sizes may be ended before the table is printed. */
  private void row(String name, List<String> cells) {
    String row = "| " + name + " | " + String.join(" | ", cells) + " |";
    rows.add(row);
    System.out.println(row);
  }

  private static long median(long[] values) {
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
  }
}
