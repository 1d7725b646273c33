package io.compot.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A request and its answer. Written to from one thread, which waits until the connection has taken
 * what it writes; {@link #gone} may be asked from any.
 */
public final class Exchange {

  private static final String SAFE = "nosniff";

  private final Channel channel;
  private final String method;
  private final String path;
  private final HttpHeaders headers;
  private final byte[] body;
  private final boolean keepAlive;
  private final Duration stalled;
  private volatile boolean gone;
  private volatile boolean closing;
  private boolean begun;
  private boolean ended;

  Exchange(Channel channel, FullHttpRequest request, Duration stalled) {
    this.channel = channel;
    this.method = request.method().name();
    this.path = path(request.uri());
    this.headers = request.headers();
    this.body = ByteBufUtil.getBytes(request.content());
    this.keepAlive = HttpUtil.isKeepAlive(request);
    this.stalled = stalled;
  }

  private static String path(String uri) {
    try {
      return new QueryStringDecoder(uri).path();
    } catch (IllegalArgumentException e) { // a stray percent sign: there is nothing at such a place
      return uri;
    }
  }

  /** "GET", "POST". */
  public String method() {
    return method;
  }

  /** Decoded, without what is behind a question mark. */
  public String path() {
    return path;
  }

  /** The first header of a name. */
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** The body, whole. */
  public byte[] body() {
    return body.clone();
  }

  /** Whether the client has gone away, which is noticed whether or not anything is written. */
  public boolean gone() {
    return gone;
  }

  /** Whether some of the answer was sent. */
  public boolean begun() {
    return begun;
  }

  /** Closes the connection behind this answer. */
  public void closeAfterwards() {
    closing = true;
  }

  /**
   * Sends a whole answer.
   *
   * @throws GoneException where the client has gone away
   */
  public void reply(Reply reply) throws GoneException {
    begin();
    ByteBuf content = Unpooled.wrappedBuffer(reply.body());
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()), content);
    if (!reply.type().isEmpty()) {
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, reply.type());
    }
    reply.headers().forEach((name, value) -> response.headers().set(name, value));
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, reply.body().length);
    common(response);
    await(channel.writeAndFlush(response));
    end();
  }

  /**
   * Begins an answer of events (WHATWG HTML, 9.2, Server-sent events).
   *
   * @throws GoneException where the client has gone away
   */
  public EventStream events() throws GoneException {
    begin();
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
    response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    common(response);
    await(channel.writeAndFlush(response));
    return new EventStream(this);
  }

  void chunk(String text) throws GoneException {
    await(
        channel.writeAndFlush(
            new DefaultHttpContent(Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8)))));
  }

  void lastChunk() throws GoneException {
    await(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    end();
  }

  private void common(HttpResponse response) {
    response.headers().set("X-Content-Type-Options", SAFE);
    if (closes()) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  private boolean closes() {
    return closing || !keepAlive;
  }

  private void begin() {
    if (begun) {
      throw new IllegalStateException("answered twice");
    }
    begun = true;
  }

  private void end() {
    ended = true;
  }

  private void await(ChannelFuture written) throws GoneException {
    boolean done;
    try {
      done = written.await(stalled.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      done = false;
    }
    if (!done) {
      leave();
      throw new GoneException("the client takes nothing");
    }
    if (!written.isSuccess()) {
      leave();
      throw new GoneException("the client has gone away");
    }
  }

  /** The client is gone. */
  void leave() {
    gone = true;
    var _ = channel.close();
  }

  /** Whoever answered is done: the connection is free, or closed where the answer is not whole. */
  void finish() {
    if (!ended || closes()) {
      var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }
}
