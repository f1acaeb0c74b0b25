package dev.memoryproxy.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 keep-alive connections on one thread, as light as a load generator can be that shares
 * its cores with what it measures. Bodies of answers are counted, not kept; answers must have a
 * {@code Content-Length}.
 *
 * <p>Thread-safe, but a connection takes one request at a time.
 */
final class HttpLoad implements AutoCloseable {
  private final InetSocketAddress target;
  private final Selector selector;
  private final Connection[] connections;
  private final ByteBuffer input = ByteBuffer.allocateDirect(256 << 10);
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

  /**
   * What is sent.
   *
   * @param head up to and with the empty line
   * @param piece repeated until the body has its length
   */
  // Nobody compares them.
  @SuppressWarnings("ArrayRecordComponent")
  record Outgoing(byte[] head, byte[] piece, long length) {
    /** The headers are lines without ends; {@code Content-Length} is added. */
    static Outgoing of(String requestLine, byte[] piece, long length, String... headers) {
      StringBuilder head =
          new StringBuilder(requestLine).append(" HTTP/1.1\r\nHost: localhost\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      if (length > 0 || requestLine.startsWith("PUT")) {
        head.append("Content-Length: ").append(length).append("\r\n");
      }
      byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
      return new Outgoing(bytes, piece, length);
    }

    static Outgoing get(String path, String... headers) {
      return of("GET " + path, new byte[0], 0, headers);
    }
  }

  /**
   * What came.
   *
   * @param head status line and headers as they came
   * @param length of the body
   */
  record Reply(int status, String head, long length) {
    /** A header's value; empty without it. */
    String header(String name) {
      // Once or twice an answer, so lines are found without making any.
      for (int line = head.indexOf('\n') + 1; line > 0; line = head.indexOf('\n', line) + 1) {
        int colon = line + name.length();
        if (head.regionMatches(true, line, name, 0, name.length())
            && colon < head.length()
            && head.charAt(colon) == ':') {
          return head.substring(colon + 1, head.indexOf('\n', colon)).trim();
        }
      }
      return "";
    }
  }

  /** Hears of an answer or of a failure, on the thread of the connections. */
  interface Answered {
    void take(@Nullable Reply reply, @Nullable Throwable failure);
  }

  HttpLoad(URI base, int connections) {
    this.target = new InetSocketAddress(base.getHost(), base.getPort());
    this.connections = new Connection[connections];
    try {
      selector = Selector.open();
      for (int i = 0; i < connections; i++) {
        this.connections[i] = new Connection();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::run, "http-load");
    thread.setDaemon(true);
    thread.start();
  }

  /** Sends one request; the connection must be free. A broken one is replaced. */
  void send(int connection, Outgoing request, Answered answered) {
    connections[connection].send(request, answered);
  }

  /** An operation that succeeds with a status of 2xx or 304. */
  Operation operation(IntFunction<Outgoing> requests) {
    return operation(requests, (client, reply) -> {});
  }

  /** The same; sees the answers of those that succeed. */
  Operation operation(IntFunction<Outgoing> requests, ObjIntConsumer<Reply> seen) {
    return (client, done) ->
        send(
            client,
            requests.apply(client),
            (reply, failure) -> {
              if (reply == null) {
                done.ended(failure);
              } else if (reply.status() / 100 != 2 && reply.status() != 304) {
                done.ended(new IOException(reply.head().lines().findFirst().orElse("")));
              } else {
                seen.accept(reply, client);
                done.ended(null);
              }
            });
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select(this::ready);
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
    } catch (ClosedSelectorException over) {
      // Closed by its owner.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ready(SelectionKey key) {
    Connection connection = (Connection) key.attachment();
    try {
      if (key.isWritable()) {
        connection.write();
      }
      if (key.isReadable()) {
        connection.read();
      }
    } catch (IOException | RuntimeException e) {
      connection.fail(e);
    }
  }

  @Override
  public void close() {
    try {
      for (Connection connection : connections) {
        connection.close();
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of them; its monitor guards it. */
  private final class Connection {
    private final HttpReplyParser parser = new HttpReplyParser();
    private @Nullable SocketChannel channel;
    private @Nullable Answered waiting;
    private ByteBuffer head = ByteBuffer.allocate(0);
    private byte[] piece = new byte[0];
    private long sent;
    private long left;

    synchronized void send(Outgoing request, Answered answered) {
      waiting = answered;
      head = ByteBuffer.wrap(request.head());
      piece = request.piece();
      sent = 0;
      left = request.length();
      parser.reset();
      try {
        open();
        write();
      } catch (IOException e) {
        tasks.add(() -> fail(e));
        selector.wakeup();
      }
    }

    private void open() throws IOException {
      if (channel == null || !channel.isOpen()) {
        channel = SocketChannel.open(target);
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, SelectionKey.OP_READ, this);
        selector.wakeup();
      }
    }

    synchronized void write() throws IOException {
      SocketChannel out = channel;
      if (out == null || waiting == null) {
        return;
      }
      long taken = 1;
      while (taken > 0 && (head.hasRemaining() || left > 0)) {
        int offset = piece.length == 0 ? 0 : (int) (sent % piece.length);
        int length = (int) Math.min(piece.length - offset, left);
        ByteBuffer body = ByteBuffer.wrap(piece, offset, length);
        taken = out.write(new ByteBuffer[] {head, body});
        sent += length - body.remaining();
        left -= length - body.remaining();
      }
      SelectionKey key = out.keyFor(selector);
      int wanted =
          head.hasRemaining() || left > 0
              ? SelectionKey.OP_READ | SelectionKey.OP_WRITE
              : SelectionKey.OP_READ;
      if (key != null && key.interestOps() != wanted) {
        key.interestOps(wanted);
        selector.wakeup();
      }
    }

    private void read() throws IOException {
      Answered done = null;
      Reply reply = null;
      synchronized (this) {
        SocketChannel in = channel;
        if (in == null) {
          return;
        }
        while (reply == null) {
          input.clear();
          int count = in.read(input);
          if (count < 0) {
            throw new EOFException("the connection was closed");
          }
          if (count == 0) {
            return;
          }
          reply = parser.take(input.flip());
        }
        done = waiting;
        waiting = null;
        if (reply.header("Connection").equalsIgnoreCase("close")) {
          close();
        }
      }
      if (done != null) {
        done.take(reply, null);
      }
    }

    private void fail(Throwable cause) {
      Answered done;
      synchronized (this) {
        done = waiting;
        waiting = null;
        close();
      }
      if (done != null) {
        done.take(null, cause);
      }
    }

    synchronized void close() {
      try {
        if (channel != null) {
          channel.close();
          channel = null;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
