package io.compot.model;

import static org.bytedeco.pytorch.global.torch.gelu;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * From the patches that become one token to a hidden state of the decoder: norm, two projections
 * with GELU between them.
 *
 * @param width H′ of a patch
 * @param patches that become one token
 * @param joinedFirst whether the norm is of all of them together, and not of each
 */
record Merger(
    Norm norm, Linear first, Linear second, long width, long patches, boolean joinedFirst) {

  /**
   * [n · patches, H′] to [n, H], in the caller's scope.
   *
   * @param x the patches of one token stand one behind the other
   */
  Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      long joined = patches * x.size(1);
      Tensor normed =
          joinedFirst
              ? norm.apply(x.reshape(-1, joined))
              : norm.apply(x.contiguous()).reshape(-1, joined);
      return scope.keep(second.apply(gelu(first.apply(normed))));
    }
  }

  /** A merger of the named parts. */
  record Spec(
      Part<Norm> norm,
      ProjectionSpec first,
      ProjectionSpec second,
      long width,
      long patches,
      boolean joinedFirst)
      implements Part<Merger> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(norm.tensors(), first.tensors(), second.tensors()).flatMap(each -> each);
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(first), ProjectionSpec.sharing(second));
    }

    @Override
    public Merger load(Weights weights) throws InputException {
      return new Merger(
          norm.load(weights),
          weights.linear(first),
          weights.linear(second),
          width,
          patches,
          joinedFirst);
    }
  }
}
