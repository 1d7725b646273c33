package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.Embedding;
import io.compot.model.Linear;
import io.compot.model.ObservedLinear;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;

/**
 * Feeds calibration windows through a model block by block and sums the Gram matrices of its
 * projections' inputs. Holds the hidden states between two blocks; a block's weights and Gram
 * matrices live only while it is observed and used.
 */
public final class Calibration implements AutoCloseable {

  /** Tokens that go through a block together: enough to keep its products efficient. */
  private static final int BATCH_TOKENS = 2048;

  private final Architecture architecture;
  private final WeightLoader loader;
  private final HiddenStates states;
  private int next;

  private Calibration(Architecture architecture, WeightLoader loader, HiddenStates states) {
    this.architecture = architecture;
    this.loader = loader;
    this.states = states;
  }

  /**
   * Embeds the windows.
   *
   * @param loader weights as they are; its source must stay open
   * @param spill file for hidden states that take more than {@code memory} bytes; it must not exist
   * @throws CompotException where a weight cannot be used or the file cannot be made
   */
  public static Calibration start(
      Architecture architecture, WeightLoader loader, TokenWindows windows, Path spill, long memory)
      throws CompotException {
    int count = windows.count();
    int length = windows.length();
    long hidden = architecture.hiddenSize();
    var dtype = loader.computation();
    HiddenStates states =
        HiddenStates.bytes(count, length, hidden, dtype) <= memory
            ? HiddenStates.inMemory(count, length, hidden, dtype)
            : HiddenStates.inFile(spill, count, length, hidden, dtype);
    var calibration = new Calibration(architecture, loader, states);
    boolean begun = false;
    try (Embedding embedding = architecture.embedding(loader)) {
      calibration.embed(embedding, windows);
      begun = true;
      return calibration;
    } finally {
      if (!begun) {
        states.close();
      }
    }
  }

  /** Batches that a block takes. */
  public int batches() {
    return Math.ceilDiv(states.windows(), batchSize());
  }

  /**
   * Runs the next block over all windows and observes its projections.
   *
   * @param inputs the inputs whose Gram matrices are wanted
   * @param afterBatch hears how many batches are done
   * @return a Gram matrix for each input, in their order, owned by the caller
   * @throws CompotException naming the layer whose input or output has NaN or infinite entries
   */
  public Map<SharedInput, Gram> observe(List<SharedInput> inputs, IntConsumer afterBatch)
      throws CompotException {
    int layer = next++;
    var grams = new LinkedHashMap<SharedInput, Gram>();
    var byName = new HashMap<String, Gram>();
    boolean done = false;
    try {
      for (SharedInput input : inputs) {
        var gram = new Gram(input.first().name(), input.in());
        grams.put(input, gram);
        byName.put(input.first().name(), gram);
      }
      WeightLoader observing =
          loader.decorated(linear -> {
            Linear inner = loader.decorator().apply(linear);
            Gram gram = byName.get(linear.name());
            return gram == null ? inner : new ObservedLinear(inner, gram::add);
          });
      try (Block block = architecture.block(layer, observing)) {
        forward(layer, block, grams, afterBatch);
      }
      done = true;
      return grams;
    } finally {
      if (!done) {
        grams.values().forEach(Gram::close);
      }
    }
  }

  private void forward(int layer, Block block, Map<SharedInput, Gram> grams, IntConsumer afterBatch)
      throws CompotException {
    int each = batchSize();
    for (int from = 0, done = 1; from < states.windows(); from += each, done++) {
      try (var _ = TensorScope.open()) {
        Tensor batch = states.batch(from, Math.min(from + each, states.windows()));
        Tensor output = block.forward(batch);
        for (Gram gram : grams.values()) {
          gram.requireFinite();
        }
        Activations.requireUsable(
            output, () -> FirstBadLinear.in(architecture, loader, layer, batch));
        batch.copy_(output);
      }
      afterBatch.accept(done);
    }
  }

  private void embed(Embedding embedding, TokenWindows windows) throws CompotException {
    int each = batchSize();
    for (int from = 0; from < states.windows(); from += each) {
      int to = Math.min(from + each, states.windows());
      try (var _ = TensorScope.open()) {
        Tensor tokens = tokens(windows.windows().subList(from, to));
        Tensor embedded = embedding.forward(tokens, 0);
        Activations.requireUsable(embedded, () -> "embedding: its output");
        states.batch(from, to).copy_(embedded);
      }
    }
  }

  /** [windows, length], I64, in the caller's scope. */
  static Tensor tokens(List<long[]> windows) {
    int length = windows.getFirst().length;
    long[] ids = new long[windows.size() * length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = windows.get(i / length)[i % length];
    }
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      // The clone's memory is libtorch's own, so the arena may go.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, windows.size(), length).clone());
    }
  }

  private int batchSize() {
    return Math.max(1, BATCH_TOKENS / states.length());
  }

  @Override
  public void close() {
    states.close();
  }
}
