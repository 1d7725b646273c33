package io.compot.model;

import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.DenseCodec;
import io.compot.form.codec.StoredWeights;
import io.compot.kernel.Weight;
import io.compot.quantise.GroupedMatrix;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A row for each token; what it holds is owned by whoever loaded it. */
sealed interface TokenTable {

  /** Numbers of a row. */
  long width();

  /**
   * Some rows.
   *
   * @param tokens [n], I64
   * @return [n, width], in the caller's scope
   */
  Tensor rows(Tensor tokens, Dtype computation);

  /** The tensors that it holds. */
  List<Tensor> tensors();

  /** The table as it lies in memory, for kernels; empty where they do not know its type. */
  Optional<Weight.ByRows> stored();

  /**
   * A packed table: one on a grid stays so, any other is multiplied out.
   *
   * @param packed stays the caller's; the result has memory of its own or shares the parts'
   */
  static TokenTable of(Packed packed, Dtype computation) {
    return DenseCodec.grouped(packed)
        .<TokenTable>map(Grouped::alias)
        .orElseGet(() -> new Dense(Codecs.dense(packed, computation)));
  }

  /** In its stored type. */
  record Dense(Tensor table) implements TokenTable {

    @Override
    public long width() {
      return table.size(1);
    }

    @Override
    public Tensor rows(Tensor tokens, Dtype computation) {
      try (var scope = TensorScope.open()) {
        return scope.keep(table.index_select(0, tokens).to(computation.scalarType()));
      }
    }

    @Override
    public List<Tensor> tensors() {
      return List.of(table);
    }

    @Override
    public Optional<Weight.ByRows> stored() {
      return StoredWeights.plain(table);
    }
  }

  /** On a grid. */
  record Grouped(GroupedMatrix matrix) implements TokenTable {

    static Grouped alias(GroupedMatrix shared) {
      Tensor zeros = shared.zeros();
      return new Grouped(
          new GroupedMatrix(
              shared.grid(),
              shared.in(),
              shared.codes().alias(),
              shared.scales().alias(),
              zeros == null ? null : zeros.alias()));
    }

    @Override
    public long width() {
      return matrix.in();
    }

    @Override
    public Tensor rows(Tensor tokens, Dtype computation) {
      return matrix.rows(tokens, computation);
    }

    @Override
    public Optional<Weight.ByRows> stored() {
      return Optional.of(StoredWeights.grouped(matrix));
    }

    @Override
    public List<Tensor> tensors() {
      Tensor zeros = matrix.zeros();
      return zeros == null
          ? List.of(matrix.codes(), matrix.scales())
          : List.of(matrix.codes(), matrix.scales(), zeros);
    }
  }
}
