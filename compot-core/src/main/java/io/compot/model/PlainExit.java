package io.compot.model;

import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** What other stacks look at are the last hidden states as they are. */
record PlainExit() implements Exit {

  @Override
  public Tensor forward(Tensor hidden) {
    return hidden.alias();
  }

  @Override
  public void close() {}

  /** The exit of nothing. */
  record Spec() implements Part<Exit> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.empty();
    }

    @Override
    public Exit load(Weights weights) {
      return new PlainExit();
    }
  }
}
