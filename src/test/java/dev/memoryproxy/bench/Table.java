package dev.memoryproxy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The rows that were measured, in the order of their printing. */
final class Table {
  private final List<String> rows = new ArrayList<>();

  /** A row that compares two figures. */
  void row(String name, String ours, String against, double ratio, String wanted) {
    row(name, ours, against, String.format(Locale.ROOT, "%.2f", ratio), wanted);
  }

  /** A row as text; empty where there is nothing to say. */
  void row(String name, String ours, String against, String ratio, String wanted) {
    String row = "| " + String.join(" | ", name, ours, against, ratio, wanted) + " |";
    rows.add(row);
    System.out.println(row);
  }

  /** Says whether a ratio that should be small is. */
  static String atMost(double limit, double ratio) {
    return String.format(
        Locale.ROOT, "≤ %s: %s", plain(limit), ratio <= limit ? "met" : "**not met**");
  }

  /** Says whether a ratio that should be large is. */
  static String atLeast(double limit, double ratio) {
    return String.format(
        Locale.ROOT, "≥ %s: %s", plain(limit), ratio >= limit ? "met" : "**not met**");
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  void print() {
    System.out.println();
    System.out.println("| row | ours | against | ratio | wanted |");
    System.out.println("| --- | ---: | ---: | ---: | --- |");
    rows.forEach(System.out::println);
  }
}
