package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A table row for each token, and for each position where positions are learned. Tables stay in
 * their stored type; only the rows that are read are converted.
 *
 * @param table [V, E]
 * @param projection from E to H, or null where they are the same
 * @param positions [positions + skipped, H], or null
 * @param skipped rows of the position table before position 0
 */
record TokenEmbedding(
    Weights weights,
    Table table,
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
      Tensor hidden = rows.view(tokens.size(0), tokens.size(1), table.width());
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

  /** An embedding of the named tensors. */
  record Spec(
      TensorSpec table,
      @Nullable ProjectionSpec projection,
      @Nullable TensorSpec positions,
      long skipped)
      implements Part<Embedding> {

    /** Tokens only. */
    static Spec table(TensorSpec table) {
      return new Spec(table, null, null, 0);
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
          projection == null ? null : weights.linear(projection),
          positions == null ? null : weights.stored(positions),
          skipped);
    }
  }
}
