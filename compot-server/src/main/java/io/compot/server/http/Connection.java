package io.compot.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: its requests one after the other, and its end, which is noticed while a request
 * is being answered since reading never pauses.
 */
final class Connection extends SimpleChannelInboundHandler<FullHttpRequest> {

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** Requests that may be sent before the first of them is answered. */
  private static final int PIPELINED = 8;

  private final HttpHandler handler;
  private final HttpLimits limits;
  private final Executor threads;
  private final ArrivalDeadline deadline;
  private final Deque<FullHttpRequest> next = new ArrayDeque<>();
  private @Nullable Exchange current;

  Connection(HttpHandler handler, HttpLimits limits, Executor threads, ArrivalDeadline deadline) {
    this.handler = handler;
    this.limits = limits;
    this.threads = threads;
    this.deadline = deadline;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    deadline.arrived();
    if (current == null) {
      start(context, request);
    } else if (next.size() < PIPELINED) {
      next.add(request.retain());
    } else {
      var _ = context.close();
    }
  }

  private void start(ChannelHandlerContext context, FullHttpRequest request) {
    var exchange = new Exchange(context.channel(), request, limits.stalled());
    current = exchange;
    boolean broken = request.decoderResult().isFailure();
    threads.execute(() -> {
      try {
        if (broken) {
          exchange.closeAfterwards();
          exchange.reply(handler.refuse(400, "this is no HTTP request"));
        } else {
          handler.handle(exchange);
        }
      } catch (GoneException e) {
        LOG.debug("{} {}: {}", exchange.method(), exchange.path(), e.getMessage());
      } catch (IOException | RuntimeException | Error e) {
        LOG.error("{} {} failed", exchange.method(), exchange.path(), e);
      } finally {
        exchange.finish();
        context.executor().execute(() -> free(context));
      }
    });
  }

  private void free(ChannelHandlerContext context) {
    current = null;
    FullHttpRequest waiting = next.poll();
    if (waiting != null) {
      if (context.channel().isActive()) {
        start(context, waiting);
      }
      waiting.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    if (current != null) {
      current.leave();
    }
    next.forEach(FullHttpRequest::release);
    next.clear();
    super.channelInactive(context);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof IdleStateEvent && current == null) {
      var _ = context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection closed: {}", cause.toString());
    var _ = context.close();
  }
}
