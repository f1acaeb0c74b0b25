package dev.memoryproxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a new connection until its first head is complete. While Vert.x finds out whether a
 * client speaks HTTP/1.1 or HTTP/2, none of its own handlers knows of the connection, so two things
 * are seen to here:
 *
 * <ul>
 *   <li>the head must be complete in time; afterwards {@link ConnectionGuard} watches;
 *   <li>a request with a body is not upgraded to HTTP/2: the body of an upgrade comes without flow
 *       control and would pile up in memory. A server may ignore an upgrade (RFC 9110, 7.8).
 * </ul>
 */
final class ConnectionDoor extends ChannelInboundHandlerAdapter {
  /** Vert.x's handler that performs upgrades; there once HTTP/1.1 was recognised. */
  private static final String UPGRADER = "h2c";

  /** As many bytes tell any HTTP/1.1 request from HTTP/2's preface, {@code PRI}. */
  private static final int TELLING_BYTES = 3;

  private final long limitMillis;
  private @Nullable ScheduledFuture<?> deadline;
  private int passed;
  private boolean lineEmpty;

  /**
   * @param limitMillis how long the first head may take
   */
  ConnectionDoor(long limitMillis) {
    this.limitMillis = limitMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    deadline =
        context.executor().schedule(() -> close(context), limitMillis, TimeUnit.MILLISECONDS);
    context.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    boolean complete = endsHead(bytes);
    for (; passed < TELLING_BYTES && bytes.readableBytes() > 1; passed++) {
      context.fireChannelRead(bytes.readRetainedSlice(1));
      if (context.pipeline().get(UPGRADER) != null) {
        context.pipeline().addBefore(UPGRADER, null, new NoUpgradeWithBody());
        passed = TELLING_BYTES;
      }
    }
    if (complete) {
      open();
      context.pipeline().remove(this);
    }
    context.fireChannelRead(bytes);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    open();
    context.fireChannelInactive();
  }

  private static void close(ChannelHandlerContext context) {
    ChannelFuture unused = context.close();
  }

  private void open() {
    ScheduledFuture<?> pending = deadline;
    if (pending != null) {
      pending.cancel(false);
    }
  }

  /** Whether these bytes hold the empty line that ends a head. */
  private boolean endsHead(ByteBuf bytes) {
    for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
      byte next = bytes.getByte(i);
      if (next == '\n') {
        if (lineEmpty) {
          return true;
        }
        lineEmpty = true;
      } else if (next != '\r') {
        lineEmpty = false;
      }
    }
    return false;
  }

  private static final class NoUpgradeWithBody extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        // As text: a length that is no number is answered later.
        if (!request.headers().get(HttpHeaderNames.CONTENT_LENGTH, "0").equals("0")
            || HttpUtil.isTransferEncodingChunked(request)) {
          request.headers().remove(HttpHeaderNames.UPGRADE);
        }
        context.pipeline().remove(this);
      }
      context.fireChannelRead(message);
    }
  }
}
