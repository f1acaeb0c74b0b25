package dev.memoryproxy;

import dev.memoryproxy.index.BucketComparison.Compared;
import dev.memoryproxy.index.ReindexReport;
import java.io.PrintStream;
import java.util.List;
import java.util.StringJoiner;

/**
 * Prints reports: for each namespace a line for each finding, then a line that sums up; in the end
 * one about all of them.
 */
final class ReindexOutput {
  private final PrintStream out;
  private final ReindexOptions options;
  private long missing;
  private long stale;
  private long gone;
  private long foreign;
  private int agreeing;
  private int differing;
  private int mended;
  private int refused;
  private int failed;

  ReindexOutput(PrintStream out, ReindexOptions options) {
    this.out = out;
    this.options = options;
  }

  /** Tells of one namespace. */
  void print(Compared compared) {
    ReindexReport report = compared.report();
    count(report);
    lines("missing", report.missing());
    lines("stale", report.stale());
    lines("gone", report.gone());
    lines("foreign", report.foreign());
    out.println(
        "namespace "
            + compared.namespace()
            + ": "
            + counts(
                report.missing().size(),
                report.stale().size(),
                report.gone().size(),
                report.foreign().size())
            + "; "
            + (options.dryRun()
                ? proposal(report, compared.entries())
                : outcome(report, compared.entries())));
  }

  /** Counts a namespace that could not be compared. */
  void failed() {
    failed++;
  }

  /** Tells of all namespaces together. */
  void printTotal() {
    StringJoiner states = new StringJoiner(", ");
    add(states, agreeing, "agree");
    add(states, differing, "differ");
    add(states, mended, "repaired");
    add(states, refused, "with files that are gone and still listed");
    add(states, failed, "failed");
    int all = agreeing + differing + mended + refused + failed;
    out.println(
        "total of "
            + all
            + (all == 1 ? " namespace: " : " namespaces: ")
            + counts(missing, stale, gone, foreign)
            + "; "
            + states
            + ".");
  }

  private static void add(StringJoiner states, int count, String state) {
    if (count > 0) {
      states.add(count + " " + state);
    }
  }

  /** Whether bucket and index agree now wherever they were compared, and were compared. */
  boolean allWell() {
    return differing == 0 && refused == 0 && failed == 0;
  }

  private void count(ReindexReport report) {
    missing += report.missing().size();
    stale += report.stale().size();
    gone += report.gone().size();
    foreign += report.foreign().size();
    if (report.clean()) {
      agreeing++;
    } else if (options.dryRun()) {
      differing++;
    } else if (report.refused()) {
      refused++;
    } else {
      mended++;
    }
  }

  private void lines(String finding, List<String> paths) {
    paths.stream().sorted().forEach(path -> out.println(finding + " " + printable(path)));
  }

  /** Keys that others put into the bucket may hold line breaks. */
  private static String printable(String path) {
    StringBuilder line = new StringBuilder(path.length());
    path.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                line.append(String.format("\\u%04x", c));
              } else {
                line.appendCodePoint(c);
              }
            });
    return line.toString();
  }

  private static String counts(long missing, long stale, long gone, long foreign) {
    return missing + " missing, " + stale + " stale, " + gone + " gone, " + foreign + " foreign";
  }

  private String proposal(ReindexReport report, int entries) {
    if (report.clean()) {
      return agreement(entries);
    }
    String nothing = "dry run, nothing was changed. Without --dry-run ";
    if (report.refused() && !options.acceptGone()) {
      return nothing
          + (others(report) ? takeover("takes") + ", but " : "")
          + keptListed(report, "are not");
    }
    return nothing
        + (others(report) ? takeover("takes") : "")
        + (others(report) && !report.gone().isEmpty() ? ", and " : "")
        + (report.gone().isEmpty() ? "" : "what is gone is marked as deleted")
        + ".";
  }

  private String outcome(ReindexReport report, int entries) {
    if (report.clean()) {
      return agreement(entries);
    }
    if (report.refused()) {
      return (others(report) ? takeover("took") + ", but " : "nothing was changed: ")
          + keptListed(report, "were not");
    }
    return (others(report) ? takeover("took") : "")
        + (others(report) && !report.gone().isEmpty() ? ", and " : "")
        + (report.gone().isEmpty() ? "" : "what is gone was marked as deleted")
        + "; entries: "
        + entries
        + ".";
  }

  private static String agreement(int entries) {
    return "bucket and index agree; entries: " + entries + ".";
  }

  private static boolean others(ReindexReport report) {
    return !report.missing().isEmpty() || !report.stale().isEmpty();
  }

  private static String takeover(String verb) {
    return "the index " + verb + " over what is missing or stale";
  }

  private static String keptListed(ReindexReport report, String verb) {
    return "the files that are gone ("
        + report.gone().size()
        + " of "
        + report.listed()
        + ") "
        + verb
        + " marked as deleted: so many look like a loss, and every machine would delete them."
        + " Restore their objects, or add --accept-gone if they are meant to be gone.";
  }
}
