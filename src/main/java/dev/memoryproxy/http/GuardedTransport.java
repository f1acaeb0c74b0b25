package dev.memoryproxy.http;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.transport.Transport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Vert.x's own transport, with a {@link ConnectionDoor} before each connection that a server
 * accepts: the only place where a connection is known before its first request is.
 */
public final class GuardedTransport implements Transport {
  private static final int READ_BYTES = 16 * 1024;

  private final long headerMillis;

  /**
   * A transport for one Vert.x instance.
   *
   * @param header how long a new connection may take to send its first request's head
   */
  public GuardedTransport(Duration header) {
    this.headerMillis = header.toMillis();
  }

  /** With the usual limit. */
  public static GuardedTransport usual() {
    return new GuardedTransport(HttpSettings.Timeouts.USUAL.header());
  }

  @Override
  public String name() {
    return "guarded nio";
  }

  @Override
  public boolean available() {
    return true;
  }

  @Override
  public @Nullable Throwable unavailabilityCause() {
    return null;
  }

  @Override
  public io.vertx.core.spi.transport.Transport implementation() {
    return new Nio();
  }

  private final class Nio extends NioTransport {
    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
      return domainSocket
          ? super.serverChannelFactory(true)
          : () -> new GuardedServerChannel(headerMillis);
    }
  }

  private static final class GuardedServerChannel extends NioServerSocketChannel {
    private final long headerMillis;

    GuardedServerChannel(long headerMillis) {
      this.headerMillis = headerMillis;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
      int before = accepted.size();
      int result = super.doReadMessages(accepted);
      for (Object connection : accepted.subList(before, accepted.size())) {
        Channel channel = (Channel) connection;
        // What a paused request has read already waits in memory: with netty's own sizes a thousand
        // uploads hold all the direct memory there is.
        channel
            .config()
            .setRecvByteBufAllocator(
                new AdaptiveRecvByteBufAllocator(1_024, 4_096, READ_BYTES).maxMessagesPerRead(1));
        channel.pipeline().addLast(new ConnectionDoor(headerMillis));
      }
      return result;
    }
  }
}
