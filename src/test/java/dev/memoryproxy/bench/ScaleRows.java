package dev.memoryproxy.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The row about size, which {@link IndexScaleBenchmark} measures beside much else. */
final class ScaleRows {
  private ScaleRows() {}

  static void measure(Bed bed) {
    String sizes = System.getProperty("bench.sizes", bed.quick ? "100,2000" : "100,10000,100000");
    ByteArrayOutputStream copy = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(new Both(out, copy), true, StandardCharsets.UTF_8));
    try {
      IndexScaleBenchmark.main(new String[] {sizes});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      System.setOut(out);
    }
    List<String> lines = copy.toString(StandardCharsets.UTF_8).lines().toList();
    String[] sized = sizes.split(",", -1);
    String[] p50 = cells(lines, "| write of 2 KiB, p50 |");
    String[] ratio = cells(lines, "| write of 2 KiB, p50, ratio |");
    int last = ratio.length - 1;
    bed.table.row(
        "PUT 2 KiB with " + sized[sized.length - 1] + " files in the namespace: p50",
        p50[last],
        p50[0] + " with " + sized[0],
        ratio[last],
        Table.atMost(1.1, Double.parseDouble(ratio[last])));
  }

  private static String[] cells(List<String> lines, String name) {
    String row = lines.stream().filter(line -> line.startsWith(name)).findFirst().orElseThrow();
    return Arrays.stream(row.substring(name.length()).split("\\|", -1))
        .map(String::trim)
        .filter(cell -> !cell.isEmpty())
        .toArray(String[]::new);
  }

  /** Prints as before and keeps a copy. */
  private static final class Both extends OutputStream {
    private final OutputStream one;
    private final OutputStream other;

    Both(OutputStream one, OutputStream other) {
      this.one = one;
      this.other = other;
    }

    @Override
    public void write(int b) throws IOException {
      one.write(b);
      other.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      one.write(bytes, offset, length);
      other.write(bytes, offset, length);
    }
  }
}
