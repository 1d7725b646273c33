package io.compot.model;

import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** How the dense weight of a projection lies in its checkpoint. */
public enum WeightLayout {
  /** A row for each output, as torch's Linear has it: the layout of everything that computes. */
  OUT_IN,
  /** A row for each input, as GPT-2 has it. */
  IN_OUT;

  /** The shape that is stored. */
  public List<Long> shape(long in, long out) {
    return this == OUT_IN ? List.of(out, in) : List.of(in, out);
  }

  /**
   * From what is stored to [out, in], and from there to what is stored.
   *
   * @return the same or a transposed copy, in the caller's scope
   */
  public Tensor turned(Tensor weight) {
    if (this == OUT_IN) {
      return weight;
    }
    try (var scope = TensorScope.open()) {
      return scope.keep(weight.t().contiguous());
    }
  }
}
