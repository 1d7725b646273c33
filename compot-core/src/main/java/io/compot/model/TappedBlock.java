package io.compot.model;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * A block whose hidden states have beside them what earlier blocks gave, so that another stack can
 * look at that, too. Some blocks put their own output there.
 *
 * @param width H of the block itself
 * @param taps how many outputs there is room for behind the hidden states
 * @param own which of them is this block's; -1 for none
 */
record TappedBlock(Block inner, long width, int taps, int own) implements Block {

  /**
   * See {@link Block#forward}.
   *
   * @param hidden [B, T, (1 + taps) H]
   */
  @Override
  public Tensor forward(Tensor hidden, Context context) {
    try (var scope = TensorScope.open()) {
      Tensor output = inner.forward(part(hidden, width, 0), context);
      var all = new TensorVector(output);
      for (int tap = 0; tap < taps; tap++) {
        all.push_back(tap == own ? output : part(hidden, width, 1 + tap));
      }
      return scope.keep(cat(all, 2));
    }
  }

  /** One of the outputs that stand beside each other. */
  static Tensor part(Tensor hidden, long width, int number) {
    return hidden.narrow(2, number * width, width);
  }

  @Override
  public void close() {
    inner.close();
  }

  /** The block of a part. */
  record Spec(Part<Block> inner, long width, int taps, int own) implements Part<Block> {

    @Override
    public Stream<TensorSpec> tensors() {
      return inner.tensors();
    }

    @Override
    public List<SharedInput> projections() {
      return inner.projections();
    }

    @Override
    public Block load(Weights weights) throws InputException {
      return new TappedBlock(inner.load(weights), width, taps, own);
    }
  }
}
