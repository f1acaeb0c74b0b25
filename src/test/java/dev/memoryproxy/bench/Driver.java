package dev.memoryproxy.bench;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Makes clients work, each with one operation under way at most.
 *
 * <p>In a closed loop a client starts again as soon as it is answered, which shows the throughput.
 * Its latencies flatter: a client that waits for a slow answer asks nothing meanwhile. So latencies
 * come from an open loop: operations are due at fixed times whatever the answers do, and each is
 * measured from when it was due, not from when a client was free to send it.
 */
final class Driver {
  private static final long END_NANOS = Duration.ofSeconds(60).toNanos();

  private final Operation operation;
  private final long[][] latencies;
  private final int[] counts;
  private final Deque<Integer> idle = new ArrayDeque<>();
  private final Deque<Long> due = new ArrayDeque<>();
  private final long interval;
  private long from;
  private long end;
  private long inTime;
  private int busy;
  private int more;
  private int failures;
  private @Nullable Throwable firstFailure;

  private Driver(Operation operation, int clients, long interval) {
    this.operation = operation;
    this.interval = interval;
    this.latencies = new long[clients][256];
    this.counts = new int[clients];
  }

  /** Every client again and again, for so long. */
  static Measured closed(Operation operation, int clients, Duration time) {
    Driver driver = new Driver(operation, clients, 0);
    driver.begin(time);
    for (int client = 0; client < clients; client++) {
      driver.launch(client, System.nanoTime());
    }
    return driver.finish();
  }

  /** Every client again and again, until so many operations were started. */
  static Measured times(Operation operation, int clients, int operations) {
    Driver driver = new Driver(operation, clients, 0);
    driver.begin(Duration.ZERO);
    int first = Math.min(clients, operations);
    driver.more = operations - first;
    for (int client = 0; client < first; client++) {
      driver.launch(client, System.nanoTime());
    }
    return driver.finish();
  }

  /** So many operations a second, for so long. */
  static Measured open(Operation operation, int clients, double perSecond, Duration time) {
    Driver driver = new Driver(operation, clients, (long) (1e9 / perSecond));
    driver.begin(time);
    driver.pace(clients);
    return driver.finish();
  }

  private void begin(Duration time) {
    from = System.nanoTime();
    end = from + time.toNanos();
  }

  private void pace(int clients) {
    for (int client = 0; client < clients; client++) {
      idle.add(client);
    }
    for (long next = from; next < end; next += interval) {
      for (long wait = next - System.nanoTime(); wait > 0; wait = next - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      Integer free;
      synchronized (this) {
        free = idle.poll();
        if (free == null) {
          due.add(next);
        }
      }
      if (free != null) {
        launch(free, next);
      }
    }
  }

  private void launch(int client, long dueAt) {
    synchronized (this) {
      busy++;
    }
    operation.start(client, failure -> ended(client, dueAt, failure));
  }

  private void ended(int client, long dueAt, @Nullable Throwable failure) {
    long now = System.nanoTime();
    if (failure == null) {
      record(client, now - dueAt);
    }
    long next = 0;
    boolean again;
    synchronized (this) {
      if (failure == null && now <= end) {
        inTime++;
      }
      if (failure != null) {
        failures++;
        firstFailure = firstFailure == null ? failure : firstFailure;
      }
      // A client that cannot do its work would otherwise fail as fast as it can.
      boolean goesOn = failures < 1000;
      if (interval == 0) {
        again = (now < end || more > 0) && goesOn;
        more--;
        next = now;
      } else {
        Long waiting = due.poll();
        again = waiting != null && goesOn;
        if (again) {
          next = waiting;
        } else {
          idle.add(client);
        }
      }
      busy--;
      if (busy == 0) {
        // To wake somebody for each operation would cost more than to send one.
        notifyAll();
      }
    }
    if (again) {
      launch(client, next);
    }
  }

  /** No two operations of one client are ever under way, so its latencies need no lock. */
  private void record(int client, long nanos) {
    if (counts[client] == latencies[client].length) {
      latencies[client] = Arrays.copyOf(latencies[client], counts[client] * 2);
    }
    latencies[client][counts[client]++] = nanos;
  }

  private synchronized Measured finish() {
    long quiet = System.nanoTime();
    int before = -1;
    try {
      while (System.nanoTime() < end || busy > 0 || !due.isEmpty()) {
        int done = Arrays.stream(counts).sum() + failures;
        if (done != before) {
          before = done;
          quiet = System.nanoTime();
        }
        if (System.nanoTime() - quiet > END_NANOS || failures >= 1000) {
          throw new IllegalStateException(
              busy + " operations under way, for too long; " + failures + " failed", firstFailure);
        }
        wait(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    long[] all = new long[Arrays.stream(counts).sum()];
    int at = 0;
    for (int client = 0; client < counts.length; client++) {
      System.arraycopy(latencies[client], 0, all, at, counts[client]);
      at += counts[client];
    }
    Arrays.sort(all);
    // Those that end late count in their latencies, but not in what was reached in the time given.
    return end == from
        ? new Measured((System.nanoTime() - from) / 1e9, all.length, all, failures, firstFailure)
        : new Measured((end - from) / 1e9, inTime, all, failures, firstFailure);
  }
}
