package dev.memoryproxy.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables of the README's API section. */
final class ApiTables {
  private static final Pattern LITERAL = Pattern.compile("`([^`]+)`");

  /** A row's cells, without the column separators. */
  record Row(List<String> cells) {
    /** What stands in backquotes in a cell. */
    List<String> literals(int column) {
      return LITERAL.matcher(cells.get(column)).results().map(found -> found.group(1)).toList();
    }

    String last() {
      return cells.get(cells.size() - 1);
    }

    @Override
    public String toString() {
      return String.join(" | ", cells);
    }
  }

  private final String section;

  private ApiTables(String section) {
    this.section = section;
  }

  static ApiTables read() {
    try {
      String readme = Files.readString(Path.of("README.md"));
      int start = readme.indexOf("\n## API\n");
      return new ApiTables(readme.substring(start, readme.indexOf("\n## ", start + 1)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows of the table whose last column has this title. */
  List<Row> rows(String title) {
    List<Row> rows = new ArrayList<>();
    Matcher table =
        Pattern.compile("\\n\\|[^\\n]*\\| " + title + " \\|\\n\\|[- |]+\\|\\n((?:\\|.*\\n)+)")
            .matcher(section);
    if (!table.find()) {
      throw new AssertionError("the README has no table that ends with " + title);
    }
    for (String line : table.group(1).split("\n", -1)) {
      if (!line.isEmpty()) {
        String inside = line.substring(1, line.lastIndexOf('|'));
        rows.add(new Row(Arrays.stream(inside.split("\\|", -1)).map(String::strip).toList()));
      }
    }
    return rows;
  }
}
