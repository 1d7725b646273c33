package io.compot.generation;

import io.compot.model.CausalModel;
import io.compot.model.KvCache;
import io.compot.model.Sight;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/**
 * Tokens that a model has seen, with their keys and values, ready to be continued. What it has seen
 * is not computed again: another prompt that begins with the same tokens goes on from there.
 */
public final class Sequence implements AutoCloseable {

  /** Tokens computed at once, which bounds memory and how long a request to stop waits. */
  private static final int PIECE = 512;

  private final CausalModel model;
  private final KvCache cache;
  private long[] tokens = {};
  private float[] logits = {};

  /** Whether images are among what was seen, which the tokens do not tell from others. */
  private boolean seeing;

  /** An empty one. */
  public Sequence(CausalModel model) {
    this(model, model.newCache());
  }

  private Sequence(CausalModel model, KvCache cache) {
    this.model = model;
    this.cache = cache;
  }

  /** The tokens that were seen. */
  public long[] tokens() {
    return tokens.clone();
  }

  /** How many they are. */
  public int length() {
    return tokens.length;
  }

  /** Logits [V] of what follows. */
  public float[] logits() {
    return logits;
  }

  /**
   * Makes this the sequence of these tokens, computing what is not there yet.
   *
   * @param wanted at least one token
   * @param stop looked at between pieces
   * @return how many tokens were there already; the sequence is shorter than wanted where it was
   *     asked to stop
   */
  public int become(long[] wanted, StopRequest stop) {
    int shared = begin(wanted);
    while (length() < wanted.length && !stop.wanted()) {
      extend(wanted, PIECE);
    }
    return shared;
  }

  /**
   * Makes this the sequence of a text with images in it. Nothing of what was seen is taken over.
   *
   * @param wanted the tokens
   * @param sight the images, and how all tokens lie
   * @param stop looked at between pieces
   */
  public void see(long[] wanted, Sight sight, StopRequest stop) {
    cut(0);
    while (length() < wanted.length && !stop.wanted()) {
      see(wanted, sight, PIECE);
    }
  }

  /**
   * Computes the next tokens of a text with images in it.
   *
   * @param wanted the tokens; those that are here are the first of them, seen with the same images
   * @param most how many, at least one
   */
  public void see(long[] wanted, Sight sight, int most) {
    seeing = true;
    int from = length();
    int end = Math.min(wanted.length, from + most);
    long[] more = Arrays.copyOfRange(wanted, from, end);
    append(more, input -> model.logitsSeeing(input, sight.slice(from, end), cache, 1));
    if (end == wanted.length) {
      cache.shift(sight.layout().next() - end);
    }
  }

  /** Whether it has seen images; what it has seen is then of no use to other prompts. */
  public boolean sees() {
    return seeing;
  }

  /** How many tokens these begin with that are seen here, without the last of them. */
  public int shared(long[] wanted) {
    if (seeing) {
      return 0;
    }
    int mismatch = Arrays.mismatch(tokens, wanted);
    int same = mismatch < 0 ? wanted.length : mismatch;
    return Math.min(same, wanted.length - 1); // the last one is computed for its logits
  }

  /**
   * Forgets what other tokens do not begin with.
   *
   * @return how many are left
   */
  public int begin(long[] wanted) {
    int shared = shared(wanted);
    cut(shared);
    return shared;
  }

  /**
   * Computes the next tokens of those that this one begins.
   *
   * @param most how many, at least one
   */
  public void extend(long[] wanted, int most) {
    extend(wanted, most, _ -> {});
  }

  /**
   * The same, showing what the tokens have become.
   *
   * @param onHidden sees the output [1, n, H] of the last block
   */
  void extend(long[] wanted, int most, Consumer<Tensor> onHidden) {
    int end = Math.min(wanted.length, length() + most);
    append(
        Arrays.copyOfRange(wanted, length(), end),
        input -> {
          Tensor hidden = model.hidden(input, cache);
          onHidden.accept(hidden);
          return model.logitsOf(hidden.narrow(1, hidden.size(1) - 1, 1));
        });
  }

  /** Grows by no more room than so many tokens need, if that is enough. */
  public void limit(int tokens) {
    cache.limit(tokens);
  }

  /** Bytes of native memory that it holds. */
  public long bytes() {
    return cache.bytes();
  }

  /**
   * Adds a token to each of several sequences of one model, in one step for all.
   *
   * @param tokens one for each
   */
  public static void append(CausalModel model, List<Sequence> sequences, long[] tokens) {
    float[][] logits = model.next(tokens, sequences.stream().map(each -> each.cache).toList());
    for (int row = 0; row < tokens.length; row++) {
      Sequence one = sequences.get(row);
      one.logits = logits[row];
      one.add(new long[] {tokens[row]});
    }
  }

  /** Adds a token. */
  public void append(long token) {
    logits = model.next(new long[] {token}, List.of(cache))[0];
    add(new long[] {token});
  }

  /**
   * @param last gives the logits [1, 1, V] behind the tokens
   */
  private void append(long[] more, UnaryOperator<Tensor> last) {
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, more);
      Tensor input = NativeMemory.tensor(segment, Dtype.I64, 1, more.length);
      Tensor row = last.apply(input).to(Dtype.F32.scalarType()).contiguous();
      logits = NativeMemory.bytes(row).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
    add(more);
  }

  private void add(long[] more) {
    int before = tokens.length;
    tokens = Arrays.copyOf(tokens, before + more.length);
    System.arraycopy(more, 0, tokens, before, more.length);
  }

  /** A copy that goes its own way. */
  public Sequence copy() {
    return copy(length());
  }

  /**
   * A copy of the first tokens.
   *
   * @param count without logits where it is not all of them
   */
  public Sequence copy(int count) {
    try (var _ = TensorScope.open()) {
      var copy = new Sequence(model, cache.select(Tensor.create(new long[] {0}), count));
      copy.tokens = Arrays.copyOf(tokens, count);
      copy.seeing = seeing;
      copy.logits = count == length() ? logits : new float[0];
      return copy;
    }
  }

  private void cut(int length) {
    if (length < tokens.length) {
      tokens = Arrays.copyOf(tokens, length);
      if (length == 0) {
        seeing = false;
        cache.clear();
      } else {
        cache.cut(length);
      }
    }
  }

  @Override
  public void close() {
    cache.close();
  }
}
