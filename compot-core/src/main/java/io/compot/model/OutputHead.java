package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Final norm and projection to the vocabulary.
 *
 * @param norm null where the last block ends in one
 * @param projection from H to E, or null where they are the same
 * @param output from E to V
 */
record OutputHead(Weights weights, @Nullable Norm norm, @Nullable Linear projection, Linear output)
    implements Head {

  @Override
  public Tensor normalise(Tensor hidden) {
    if (norm == null) {
      return hidden.alias();
    }
    return norm.apply(hidden);
  }

  @Override
  public Tensor logits(Tensor normalised) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          output.apply(projection == null ? normalised : projection.apply(normalised)));
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /**
   * A head of the named tensors.
   *
   * @param outputName name of the output projection
   * @param outputWeight its weight; the embedding's table where they are tied
   */
  record Spec(
      @Nullable Part<Norm> norm,
      @Nullable ProjectionSpec projection,
      String outputName,
      TensorSpec outputWeight)
      implements Part<Head> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(
              Stream.ofNullable(norm).flatMap(Part::tensors),
              Stream.ofNullable(projection).flatMap(ProjectionSpec::tensors),
              Stream.of(outputWeight))
          .flatMap(tensors -> tensors);
    }

    @Override
    public Head load(Weights weights) throws InputException {
      return new OutputHead(
          weights,
          norm == null ? null : norm.load(weights),
          projection == null ? null : weights.linear(projection),
          weights.linear(outputName, outputWeight, null));
    }
  }
}
