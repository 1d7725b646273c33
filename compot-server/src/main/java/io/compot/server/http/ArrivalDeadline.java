package io.compot.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Closes connections whose request takes too long to arrive, however small its pieces are. */
final class ArrivalDeadline extends ChannelInboundHandlerAdapter {

  private final Duration longest;
  private @Nullable Future<?> pending;

  ArrivalDeadline(Duration longest) {
    this.longest = longest;
  }

  /** The request is whole. */
  void arrived() {
    if (pending != null) {
      pending.cancel(false);
      pending = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (pending == null) {
      pending =
          context
              .executor()
              .schedule(() -> late(context), longest.toMillis(), TimeUnit.MILLISECONDS);
    }
    context.fireChannelRead(message);
  }

  private static void late(ChannelHandlerContext context) {
    var _ = context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    arrived();
    context.fireChannelInactive();
  }
}
