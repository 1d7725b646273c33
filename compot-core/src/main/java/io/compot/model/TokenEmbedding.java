package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A table row for each token, and for each position where positions are learned. Tables stay in
 * their stored type; only the rows that are read are converted.
 *
 * @param table [V, E]
 * @param scale what rows of the table are multiplied by; null for nothing
 * @param projection from E to H, or null where they are the same
 * @param positions [positions + skipped, H], or null
 * @param skipped rows of the position table before position 0
 */
record TokenEmbedding(
    Weights weights,
    TokenTable table,
    @Nullable Double scale,
    @Nullable Linear projection,
    @Nullable Tensor positions,
    long skipped)
    implements Embedding {

  @Override
  public Tensor forward(Tensor tokens, long offset) {
    try (var scope = TensorScope.open()) {
      Tensor hidden = hidden(tokens);
      return scope.keep(
          positions == null
              ? hidden
              : added(hidden, positions.narrow(0, offset + skipped, tokens.size(1))));
    }
  }

  @Override
  public Tensor forward(Tensor tokens, Tensor at) {
    try (var scope = TensorScope.open()) {
      Tensor hidden = hidden(tokens);
      return scope.keep(
          positions == null
              ? hidden
              : added(
                  hidden,
                  positions
                      .index_select(0, at.reshape(-1).add(new Scalar(skipped)))
                      .view_as(hidden)));
    }
  }

  private Tensor hidden(Tensor tokens) {
    try (var scope = TensorScope.open()) {
      Tensor rows = table.rows(tokens.reshape(-1), weights.computation());
      Tensor scaled = scale == null ? rows : rows.mul(new Scalar(scale));
      Tensor hidden = scaled.view(tokens.size(0), tokens.size(1), table.width());
      return scope.keep(projection == null ? hidden : projection.apply(hidden));
    }
  }

  private static Tensor added(Tensor hidden, Tensor places) {
    try (var scope = TensorScope.open()) {
      return scope.keep(hidden.add_(places.to(hidden.scalar_type())));
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /**
   * An embedding of the named tensors.
   *
   * @param scale what rows of the table are multiplied by, rounded to the type computed in
   */
  record Spec(
      TensorSpec table,
      OptionalDouble scale,
      @Nullable ProjectionSpec projection,
      @Nullable TensorSpec positions,
      long skipped)
      implements Part<Embedding> {

    /** With rows as they are. */
    Spec(
        TensorSpec table,
        @Nullable ProjectionSpec projection,
        @Nullable TensorSpec positions,
        long skipped) {
      this(table, OptionalDouble.empty(), projection, positions, skipped);
    }

    @Override
    public Stream<TensorSpec> tensors() {
      List<TensorSpec> all = new ArrayList<>();
      all.add(table);
      if (positions != null) {
        all.add(positions);
      }
      return Stream.concat(
          all.stream(), Stream.ofNullable(projection).flatMap(ProjectionSpec::tensors));
    }

    @Override
    public Embedding load(Weights weights) throws InputException {
      return new TokenEmbedding(
          weights,
          weights.table(table),
          scale.isEmpty() ? null : rounded(scale.getAsDouble(), weights.computation()),
          projection == null ? null : weights.linear(projection),
          positions == null ? null : weights.stored(positions),
          skipped);
    }

    private static Double rounded(double number, Dtype type) {
      try (var _ = TensorScope.open()) {
        return Tensor.create(number).to(type.scalarType()).item_double();
      }
    }
  }
}
