package dev.memoryproxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class LineWriterTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final byte[] KIBIBYTE = ("x".repeat(1023) + "\n").getBytes(StandardCharsets.UTF_8);

  private final Output output = new Output();
  private final LineWriter writer =
      new LineWriter(output, lost -> ("lost " + lost + "\n").getBytes(StandardCharsets.UTF_8));

  /** Takes nothing while it is shut. */
  private static final class Output extends OutputStream {
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final CountDownLatch stuck = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;
    private int writes;

    @Override
    public void write(int b) {
      throw new AssertionError("one byte at a time");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (gate.getCount() > 0) {
        stuck.countDown();
      }
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (failure instanceof IOException broken) {
        throw broken;
      }
      if (failure instanceof Error broken) {
        throw broken;
      }
      if (failure instanceof RuntimeException broken) {
        throw broken;
      }
      synchronized (taken) {
        writes++;
        taken.write(bytes, offset, length);
      }
    }

    List<String> lines() {
      synchronized (taken) {
        return taken.toString(StandardCharsets.UTF_8).lines().toList();
      }
    }
  }

  private void add(String line) {
    writer.add((line + "\n").getBytes(StandardCharsets.UTF_8), false);
  }

  @AfterEach
  void close() {
    output.gate.countDown();
    writer.close();
  }

  @Test
  void aLoneLineIsWrittenWithoutBeingAskedFor() throws Exception {
    add("alone");
    while (output.lines().isEmpty()) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    assertThat(output.lines()).containsExactly("alone");
  }

  @Test
  void allLinesOfAllThreadsArriveWholeAndEachThreadsInOrder() throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      String name = "t" + thread;
      threads.add(
          new Thread(
              () ->
                  IntStream.range(0, 5_000)
                      .forEach(i -> add(name + " " + i + " " + "y".repeat(i % 90)))));
    }
    threads.forEach(Thread::start);
    for (Thread each : threads) {
      each.join();
    }
    writer.flush(LONG);
    List<String> lines = output.lines();
    assertThat(lines).hasSize(20_000);
    for (int thread = 0; thread < 4; thread++) {
      String name = "t" + thread + " ";
      List<String> own = lines.stream().filter(line -> line.startsWith(name)).toList();
      assertThat(own)
          .containsExactlyElementsOf(
              IntStream.range(0, 5_000)
                  .mapToObj(i -> name + i + " " + "y".repeat(i % 90))
                  .toList());
    }
  }

  @Test
  void whatComesWhileTheOutputIsBusyGoesTogether() throws Exception {
    output.gate = new CountDownLatch(1);
    add("first");
    output.stuck.await();
    IntStream.range(0, 1_000).forEach(i -> add("line " + i));
    output.gate.countDown();
    writer.flush(LONG);
    assertThat(output.lines()).hasSize(1_001);
    assertThat(output.writes).isEqualTo(2);
  }

  @Test
  void anOutputThatTakesNothingHoldsNobodyUpAndWhatWasLostIsCounted() throws Exception {
    output.gate = new CountDownLatch(1);
    add("first");
    output.stuck.await();
    int room = LineWriter.MAX_WAITING_BYTES / KIBIBYTE.length;
    for (int i = 0; i < room + 7; i++) {
      writer.add(KIBIBYTE, false);
    }
    writer.add("this one matters\n".getBytes(StandardCharsets.UTF_8), true);
    for (int i = 0; i < 2 * room; i++) {
      writer.add(KIBIBYTE, true);
    }
    output.gate.countDown();
    writer.flush(LONG);
    List<String> lines = output.lines();
    int lost = room + 7 + 1 + 2 * room - (lines.size() - 2);
    assertThat(lines.get(0)).isEqualTo("first");
    assertThat(lines.get(1 + room)).isEqualTo("this one matters");
    assertThat(lines.get(lines.size() - 1)).isEqualTo("lost " + lost);
    assertThat(lines).hasSizeBetween(2 * room, 2 * room + 3);
    add("later");
    writer.flush(LONG);
    assertThat(output.lines()).endsWith("later");
  }

  static List<Throwable> failures() {
    return List.of(
        new IOException("broken pipe"), new IllegalStateException("x"), new OutOfMemoryError("x"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aBrokenOutputDoesNotEndTheThread(Throwable failure) {
    output.failure = failure;
    add("into nothing");
    writer.flush(LONG);
    output.failure = null;
    add("mended");
    writer.flush(LONG);
    assertThat(output.lines()).containsExactly("mended");
  }

  @Test
  void aLongBatchDoesNotMixWithTheNextOnes() {
    for (int round = 0; round < 3; round++) {
      output.gate = new CountDownLatch(1);
      add("round " + round);
      for (int i = 0; i < 200; i++) {
        writer.add(KIBIBYTE, false);
      }
      output.gate.countDown();
      add("end " + round);
    }
    writer.flush(LONG);
    assertThat(output.lines()).hasSize(606);
    assertThat(output.lines().stream().filter(line -> !line.startsWith("x")))
        .containsExactly("round 0", "end 0", "round 1", "end 1", "round 2", "end 2");
  }

  @Test
  void closingWritesWhatIsWaitingAndTakesNoMore() {
    add("before");
    writer.close();
    add("after");
    writer.flush(LONG);
    assertThat(output.lines()).containsExactly("before");
  }
}
