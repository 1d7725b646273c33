package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
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
    Tensor table,
    @Nullable Linear projection,
    @Nullable Tensor positions,
    long skipped)
    implements Embedding {

  @Override
  public Tensor forward(Tensor tokens, long offset) {
    try (var scope = TensorScope.open()) {
      long batch = tokens.size(0);
      long count = tokens.size(1);
      var type = weights.computation().scalarType();
      Tensor hidden =
          table.index_select(0, tokens.reshape(-1)).to(type).view(batch, count, table.size(1));
      if (projection != null) {
        hidden = projection.apply(hidden);
      }
      if (positions != null) {
        hidden = hidden.add_(positions.narrow(0, offset + skipped, count).to(type));
      }
      return scope.keep(hidden);
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** An embedding of the named tensors. */
  record Of(
      TensorSpec table,
      @Nullable ProjectionSpec projection,
      @Nullable TensorSpec positions,
      long skipped)
      implements Part<Embedding> {

    /** Tokens only. */
    static Of table(TensorSpec table) {
      return new Of(table, null, null, 0);
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
          weights.stored(table),
          projection == null ? null : weights.linear(projection),
          positions == null ? null : weights.stored(positions),
          skipped);
    }
  }
}
