package io.compot.model;

import io.compot.error.InputException;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** A last norm. */
record NormExit(Weights weights, Norm norm) implements Exit {

  @Override
  public Tensor forward(Tensor hidden) {
    return norm.apply(hidden);
  }

  @Override
  public void close() {
    weights.close();
  }

  /** The exit of a norm. */
  record Spec(Part<Norm> norm) implements Part<Exit> {

    @Override
    public Stream<TensorSpec> tensors() {
      return norm.tensors();
    }

    @Override
    public Exit load(Weights weights) throws InputException {
      return new NormExit(weights, norm.load(weights));
    }
  }
}
