package dev.memoryproxy.bench;

import dev.memoryproxy.bench.HttpLoad.Outgoing;
import dev.memoryproxy.e2e.ServiceProcess;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Each client updates some files of its own in turn, each time under the version that it was told
 * last; contents never repeat.
 */
final class PutWorkload implements Operation {
  private static final int FILES = 16;
  private static final AtomicLong CONTENTS = new AtomicLong(System.nanoTime());

  private final HttpLoad load;
  private final long bytes;
  private final byte[][] pieces;
  private final String[][] versions;
  private final int[] turns;
  private final String folder;

  /**
   * @param folder that nobody has written to
   * @param bytes of a body
   */
  PutWorkload(HttpLoad load, String folder, int clients, long bytes) {
    this.load = load;
    this.folder = folder;
    this.bytes = bytes;
    this.pieces = new byte[clients][(int) Math.min(bytes, 64 << 10)];
    this.versions = new String[clients][FILES];
    this.turns = new int[clients];
    for (int client = 0; client < clients; client++) {
      Arrays.fill(pieces[client], (byte) 'a');
      Arrays.fill(versions[client], "0");
    }
  }

  /** A body that nobody has sent before, of the same length. */
  static void freshen(byte[] piece) {
    ByteBuffer.wrap(piece)
        .put(Long.toString(CONTENTS.incrementAndGet(), 36).getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void start(int client, Done done) {
    int file = turns[client]++ % FILES;
    freshen(pieces[client]);
    load.operation(
            c ->
                Outgoing.of(
                    "PUT /blob/" + folder + "/" + c + "/" + file + ".md",
                    pieces[c],
                    bytes,
                    "Authorization: Bearer " + ServiceProcess.TOKEN,
                    "Content-Type: text/markdown",
                    "If-Match-Version: " + versions[c][file]),
            (reply, c) -> versions[c][file] = reply.header("X-Version"))
        .start(client, done);
  }
}
