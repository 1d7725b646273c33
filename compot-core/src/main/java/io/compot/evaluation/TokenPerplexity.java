package io.compot.evaluation;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.request.SmallProducts;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.TextFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Token perplexity as the compression papers report it: the text tokenised whole, cut into
 * non-overlapping windows, the first token of each not scored, the incomplete last window dropped;
 * exp of the mean negative log-likelihood. Log-softmax in F32, summed in double.
 */
public final class TokenPerplexity {

  private static final int LARGEST_DEFAULT_WINDOW = 2048;
  private static final int BATCH_TOKENS = 2048;

  /** Logits held at once: 64 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  private static final String STAGE = "evaluate";

  private final CausalModel model;
  private final Dtype computation;
  private final ProgressListener listener;
  private final StopRequest stop;

  /** A measurement on one model from beginning to end. */
  public TokenPerplexity(CausalModel model, Dtype computation, ProgressListener listener) {
    this(model, computation, listener, StopRequest.never());
  }

  /**
   * A measurement on one model.
   *
   * @param computation the type the model was loaded in, for the protocol
   * @param stop looked at between batches
   */
  public TokenPerplexity(
      CausalModel model, Dtype computation, ProgressListener listener, StopRequest stop) {
    this.model = model;
    this.computation = computation;
    this.listener = listener;
    this.stop = stop;
  }

  /**
   * Measures.
   *
   * @param text where the tokens come from, for the protocol
   * @param tokens of the whole text, without special tokens
   * @param bos the beginning-of-text token; needed only if the options ask for it
   * @throws UsageException where the window does not fit the model
   * @throws InputException where the text does not fill one window
   * @throws FailureException where the model computes NaN
   */
  public Perplexity measure(
      TextFile text, long[] tokens, OptionalInt bos, PerplexityOptions options)
      throws CompotException {
    PerplexityProtocol protocol =
        protocol(model.architecture(), computation, text, tokens, bos, options);
    long start = System.nanoTime();
    double[] windows;
    try (var _ = SmallProducts.inOneThread(model.architecture())) {
      windows = windows(text, tokens, options.bos() ? bos : OptionalInt.empty(), protocol);
    }
    double mean = Arrays.stream(windows).sum() / protocol.scored();
    double seconds = (System.nanoTime() - start) / 1e9;
    List<Double> means =
        Arrays.stream(windows).mapToObj(each -> -each / (protocol.window() - 1)).toList();
    return new Perplexity(Math.exp(mean), mean, seconds, protocol, means);
  }

  /**
   * What a measurement would do, found without the model's weights.
   *
   * @param computation the type the model would be loaded in
   * @throws CompotException as {@link #measure} does of options and text
   */
  public static PerplexityProtocol protocol(
      Architecture architecture,
      Dtype computation,
      TextFile text,
      long[] tokens,
      OptionalInt bos,
      PerplexityOptions options)
      throws CompotException {
    int most = architecture.contextLength();
    int window = options.window().orElse(Math.min(most, LARGEST_DEFAULT_WINDOW));
    if (window < 2 || window > most) {
      throw new UsageException(
          "window %d does not fit: from 2 to the model's %d tokens".formatted(window, most));
    }
    if (options.bos() && bos.isEmpty()) {
      throw new InputException(
          "the tokenizer has no beginning-of-text token; measure without --bos");
    }
    long taken = options.bos() ? window - 1 : window;
    long windows = tokens.length / taken;
    if (windows == 0) {
      throw InputException.in(
          text.file(),
          "%d tokens do not fill one window of %d".formatted(tokens.length, window),
          "give more text or a smaller window");
    }
    if (options.windows().orElse(1) < 1) {
      throw new UsageException(
          "%d windows: give at least 1".formatted(options.windows().getAsInt()));
    }
    windows = Math.min(windows, options.windows().orElse(Integer.MAX_VALUE));
    return new PerplexityProtocol(
        text.file().toString(),
        text.sha256(),
        text.bytes(),
        options.reading().label(),
        window,
        options.bos(),
        tokens.length,
        windows,
        windows * (window - 1),
        tokens.length - windows * taken,
        computation.name());
  }

  /** Negative log-likelihood of each window, summed over its scored tokens. */
  private double[] windows(
      TextFile text, long[] tokens, OptionalInt bos, PerplexityProtocol protocol)
      throws CompotException {
    int window = protocol.window();
    long start = System.nanoTime();
    listener.on(new Progress.StageStarted(STAGE, protocol.windows()));
    double[] sums = new double[Math.toIntExact(protocol.windows())];
    int each = Math.max(1, BATCH_TOKENS / window);
    for (int from = 0; from < protocol.windows(); from += each) {
      stop.check();
      int count = (int) Math.min(each, protocol.windows() - from);
      double[] batch = batch(ids(tokens, bos, from, count, window), count, window);
      if (!Double.isFinite(Arrays.stream(batch).sum())) {
        throw new FailureException(
            "%s: the model computes NaN or infinite logits in windows %d to %d; compute in f32, or check that the checkpoint is sound"
                .formatted(text.file(), from, from + count - 1));
      }
      System.arraycopy(batch, 0, sums, from, count);
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      long done = (long) from + count;
      Duration left = elapsed.multipliedBy(protocol.windows() - done).dividedBy(done);
      listener.on(new Progress.Step(STAGE, "windows", done, protocol.windows(), elapsed, left));
    }
    listener.on(new Progress.StageFinished(STAGE, Duration.ofNanos(System.nanoTime() - start)));
    return sums;
  }

  private static long[] ids(long[] tokens, OptionalInt bos, int from, int count, int window) {
    int begin = bos.isPresent() ? 1 : 0;
    int taken = window - begin;
    long[] ids = new long[count * window];
    for (int i = 0; i < ids.length; i++) {
      int place = i % window - begin;
      ids[i] = place < 0 ? bos.getAsInt() : tokens[(from + i / window) * taken + place];
    }
    return ids;
  }

  /** Negative log-likelihood of all but the first token of each row, summed over the row. */
  private double[] batch(long[] ids, int rows, int window) {
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      Tensor tokens = NativeMemory.tensor(segment, Dtype.I64, rows, window);
      long scored = window - 1L;
      Tensor hidden = model.hidden(tokens, null).narrow(1, 0, scored);
      Tensor targets = tokens.narrow(1, 1, scored).unsqueeze(-1);
      long atOnce = Math.max(1, LOGITS_AT_ONCE / (rows * model.architecture().vocabularySize()));
      double[] sums = new double[rows];
      for (long from = 0; from < scored; from += atOnce) {
        long width = Math.min(atOnce, scored - from);
        double[] part = score(hidden.narrow(1, from, width), targets.narrow(1, from, width));
        Arrays.setAll(sums, row -> sums[row] + part[row]);
      }
      return sums;
    }
  }

  private double[] score(Tensor hidden, Tensor targets) {
    try (var _ = TensorScope.open();
        var single = new ScalarTypeOptional(ScalarType.Float)) {
      Tensor likelihoods = log_softmax(model.logitsOf(hidden), -1, single).gather(-1, targets);
      Tensor sums = likelihoods.to(ScalarType.Double).sum(1, 2).neg();
      double[] values = new double[(int) sums.numel()];
      sums.contiguous().data_ptr_double().get(values);
      return values;
    }
  }
}
