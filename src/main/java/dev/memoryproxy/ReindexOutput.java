package dev.memoryproxy;

import dev.memoryproxy.blob.Namespace;
import dev.memoryproxy.index.ReindexReport;
import java.io.PrintStream;
import java.util.List;

/** Prints a report: a line for each finding, then a line that sums up. */
final class ReindexOutput {
  private final PrintStream out;
  private final Namespace namespace;

  ReindexOutput(PrintStream out, Namespace namespace) {
    this.out = out;
    this.namespace = namespace;
  }

  /**
   * @param entries how many files and tombstones the index has now
   */
  void print(ReindexReport report, boolean dryRun, int entries) {
    lines("missing", report.missing());
    lines("stale", report.stale());
    lines("gone", report.gone());
    lines("foreign", report.foreign());
    out.println(summary(report, dryRun, entries));
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

  private String summary(ReindexReport report, boolean dryRun, int entries) {
    String found =
        report.missing().size()
            + " missing, "
            + report.stale().size()
            + " stale, "
            + report.gone().size()
            + " gone, "
            + report.foreign().size()
            + " foreign";
    String scope = "namespace " + namespace + ": " + found + "; ";
    if (report.clean()) {
      return scope + "bucket and index agree, entries: " + entries + ".";
    }
    String refusal =
        report.refused()
            ? " So many files are gone that none is marked as deleted: restore their objects, or"
                + " delete them through the service."
            : "";
    return scope
        + (dryRun
            ? "dry run, nothing was changed. Without --dry-run the index takes over what the bucket"
                + " holds."
            : "the index took over what the bucket holds, entries: " + entries + ".")
        + refusal;
  }
}
