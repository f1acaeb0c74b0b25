package dev.memoryproxy.config;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * Brings lines to an output on a thread of its own, many at once. Whoever adds a line never waits
 * for the output: a terminal or a pipe that takes nothing would otherwise stop an event loop and
 * all its clients. So lines may be lost, and then a line says how many.
 *
 * <p>A lone line is written at once; what comes within the next {@value #PAUSE_MILLIS} ms goes
 * together. Thread-safe.
 */
final class LineWriter implements AutoCloseable {
  /** What may wait; and as much again for lines that matter. */
  static final int MAX_WAITING_BYTES = 2 << 20;

  private static final int PAUSE_MILLIS = 5;
  private static final int USUAL_BYTES = 64 << 10;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

  private final OutputStream output;
  private final LongFunction<byte[]> lossLine;

  /** One takes lines in while the other is written. */
  private final byte[][] usual = {new byte[USUAL_BYTES], new byte[USUAL_BYTES]};

  private int turn;
  private byte[] waiting = usual[0];
  private int length;
  private long lost;
  private boolean asleep;
  private boolean writing;
  private boolean hurried;
  private boolean closed;

  /**
   * Starts the thread.
   *
   * @param output flushed after each write; its failures are ignored, for want of a place to tell
   * @param lossLine the line that says that so many were lost
   */
  LineWriter(OutputStream output, LongFunction<byte[]> lossLine) {
    this.output = output;
    this.lossLine = lossLine;
    Thread thread = new Thread(this::run, "log");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Adds a line; returns at once.
   *
   * @param line complete with its end
   * @param matters whether it has room when there is none for others
   */
  synchronized void add(byte[] line, boolean matters) {
    int most = matters ? 2 * MAX_WAITING_BYTES : MAX_WAITING_BYTES;
    if (closed || length + line.length > most) {
      lost++;
      return;
    }
    if (length + line.length > waiting.length) {
      waiting = Arrays.copyOf(waiting, Math.max(length + line.length, 2 * waiting.length));
    }
    System.arraycopy(line, 0, waiting, length, line.length);
    length += line.length;
    if (asleep) {
      asleep = false;
      notifyAll();
    }
  }

  /** Waits until what was added so far is written, for a time at most. */
  synchronized void flush(Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    hurried = true;
    notifyAll();
    try {
      for (long left = limit.toMillis();
          (length > 0 || writing) && left > 0;
          left = (end - System.nanoTime()) / 1_000_000) {
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes what is waiting, within reason, and ends the thread. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    flush(CLOSE_LIMIT);
  }

  private void run() {
    while (await()) {
      byte[] lines;
      int count;
      long missing;
      synchronized (this) {
        lines = waiting;
        count = length;
        missing = lost;
        turn = 1 - turn;
        waiting = usual[turn];
        length = 0;
        lost = 0;
        writing = true;
      }
      write(lines, count, missing);
      synchronized (this) {
        writing = false;
        notifyAll();
      }
    }
  }

  /** Waits for a line, after a pause for those that follow the last ones; false when it is over. */
  private synchronized boolean await() {
    try {
      long end = System.nanoTime() + PAUSE_MILLIS * 1_000_000L;
      for (long left = PAUSE_MILLIS;
          left > 0 && !hurried && !closed;
          left = (end - System.nanoTime()) / 1_000_000) {
        wait(left);
      }
      hurried = false;
      while (length == 0 && !closed) {
        asleep = true;
        wait();
      }
    } catch (InterruptedException e) {
      // Nobody does that; the thread is ours.
      closed = true;
    }
    return length > 0;
  }

  private void write(byte[] lines, int count, long missing) {
    try {
      output.write(lines, 0, count);
      if (missing > 0) {
        output.write(lossLine.apply(missing));
      }
      output.flush();
    } catch (IOException | RuntimeException | Error e) {
      // The log has no log, and without its thread nothing would ever be logged again.
    }
  }
}
