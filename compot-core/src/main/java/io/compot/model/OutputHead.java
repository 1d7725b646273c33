package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Final norm and projection to the vocabulary.
 *
 * @param norm null where the last block ends in one
 * @param projection from H to E, or null where they are the same
 * @param output from E to V
 * @param divisor what logits are divided by
 * @param cap what they stay below, c · tanh(logits / c); 0 for no cap
 */
record OutputHead(
    Weights weights,
    @Nullable Norm norm,
    @Nullable Linear projection,
    Linear output,
    double divisor,
    double cap)
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
      Tensor logits = output.apply(projection == null ? normalised : projection.apply(normalised));
      if (divisor != 1) {
        logits = logits.div(new Scalar(divisor));
      }
      if (cap != 0) {
        logits = logits.div(new Scalar(cap)).tanh().mul(new Scalar(cap));
      }
      return scope.keep(logits);
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
      TensorSpec outputWeight,
      double divisor,
      double cap)
      implements Part<Head> {

    /** With logits as they are. */
    Spec(
        @Nullable Part<Norm> norm,
        @Nullable ProjectionSpec projection,
        String outputName,
        TensorSpec outputWeight) {
      this(norm, projection, outputName, outputWeight, 1, 0);
    }

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
          weights.linear(outputName, outputWeight, null),
          divisor,
          cap);
    }
  }
}
