package io.compot.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Listens at an address. One thread moves bytes; each request is answered on a virtual thread. */
public final class HttpServer implements AutoCloseable {

  private final EventLoopGroup group;
  private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpHandler handler;
  private final HttpLimits limits;
  private Channel listening;

  private HttpServer(InetSocketAddress address, HttpHandler handler, HttpLimits limits)
      throws IOException {
    this.handler = handler;
    this.limits = limits;
    this.group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 256)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connect(channel);
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    this.listening = bound.channel();
    if (!bound.isSuccess()) {
      close();
      throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
    }
  }

  /**
   * Starts to listen.
   *
   * @throws IOException where the address cannot be used
   */
  public static HttpServer start(InetSocketAddress address, HttpHandler handler, HttpLimits limits)
      throws IOException {
    return new HttpServer(address, handler, limits);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.localAddress();
  }

  private void connect(SocketChannel channel) {
    if (connections.size() >= limits.connections()) {
      var _ = channel.close();
      return;
    }
    connections.add(channel);
    var deadline = new ArrivalDeadline(limits.arriving());
    channel
        .pipeline()
        .addLast(
            new IdleStateHandler(0, 0, limits.idle().toMillis(), TimeUnit.MILLISECONDS),
            deadline,
            new HttpServerCodec(),
            new BodyLimit(limits.bodyBytes(), handler),
            new Connection(handler, limits, threads, deadline));
  }

  /** Takes no further connections; those that there are go on. */
  public void stopListening() {
    listening.close().awaitUninterruptibly();
  }

  @Override
  public void close() {
    listening.close().awaitUninterruptibly();
    connections.close().awaitUninterruptibly();
    threads.close();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
