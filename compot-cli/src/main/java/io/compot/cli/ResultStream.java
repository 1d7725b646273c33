package io.compot.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why it could not be written: a {@link PrintStream} tells nobody of
 * a full disk, and a cut-off result would pass for a whole one.
 */
final class ResultStream extends PrintStream {

  private static final String NOBODY_READS = "Broken pipe";

  private final Sink sink;

  ResultStream(OutputStream target, Charset charset) {
    this(new Sink(target), charset);
  }

  private ResultStream(Sink sink, Charset charset) {
    super(sink, true, charset);
    this.sink = sink;
  }

  /**
   * Why what was written is not whole; null where it is, or where whoever read a pipe wanted no
   * more of it, as {@code head} does.
   */
  @Nullable String failure() {
    boolean failed = checkError();
    if (!failed || sink.failure == null) {
      return failed ? "no reason is known" : null;
    }
    String reason = String.valueOf(sink.failure.getMessage());
    return reason.equals(NOBODY_READS)
        ? null
        : reason.substring(0, 1).toLowerCase(Locale.ROOT) + reason.substring(1);
  }

  /** Keeps the first failure. */
  private static final class Sink extends FilterOutputStream {

    private @Nullable IOException failure;

    Sink(OutputStream target) {
      super(target);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      try {
        out.write(bytes, from, count);
      } catch (IOException failed) {
        if (failure == null) {
          failure = failed;
        }
        throw failed;
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException failed) {
        if (failure == null) {
          failure = failed;
        }
        throw failed;
      }
    }
  }
}
