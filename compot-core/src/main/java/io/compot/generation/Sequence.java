package io.compot.generation;

import io.compot.model.CausalModel;
import io.compot.model.KvCache;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
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
    int shared = Math.max(0, Arrays.mismatch(tokens, wanted));
    if (Arrays.equals(tokens, wanted)) {
      shared = wanted.length;
    }
    shared = Math.min(shared, wanted.length - 1); // the last one is computed for its logits
    cut(shared);
    for (int from = shared; from < wanted.length && !stop.wanted(); from += PIECE) {
      append(Arrays.copyOfRange(wanted, from, Math.min(wanted.length, from + PIECE)));
    }
    return shared;
  }

  /** Adds a token. */
  public void append(long token) {
    append(new long[] {token});
  }

  private void append(long[] more) {
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, more);
      Tensor input = NativeMemory.tensor(segment, Dtype.I64, 1, more.length);
      Tensor last = model.logits(input, cache, 1).to(Dtype.F32.scalarType()).contiguous();
      logits = NativeMemory.bytes(last).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
    int before = tokens.length;
    tokens = Arrays.copyOf(tokens, before + more.length);
    System.arraycopy(more, 0, tokens, before, more.length);
  }

  /** A copy that goes its own way. */
  public Sequence copy() {
    try (var _ = TensorScope.open()) {
      var copy = new Sequence(model, cache.select(Tensor.create(new long[] {0})));
      copy.tokens = tokens;
      copy.logits = logits;
      return copy;
    }
  }

  private void cut(int length) {
    if (length < tokens.length) {
      tokens = Arrays.copyOf(tokens, length);
      if (length == 0) {
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
