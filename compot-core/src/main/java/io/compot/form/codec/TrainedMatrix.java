package io.compot.form.codec;

import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.quantise.GroupedMatrix;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One matrix of a form, of which something is trained: plain numbers themselves; of integers in
 * groups the scales, while codes and zero points stay.
 *
 * @param part the name of what is trained among the tensors of the form
 * @param leaf what is trained, owned
 * @param units [rows, groups, columns of a group], what scales are multiplied by, F32, owned; null
 *     of plain numbers
 * @param shape of the matrix, or the length of a stream
 */
record TrainedMatrix(String part, Tensor leaf, @Nullable Tensor units, List<Long> shape)
    implements AutoCloseable {

  /** Whether numbers stored so can be trained: all but trellis codes, which have one scale. */
  static boolean trains(Numbers numbers) {
    return !(numbers instanceof Numbers.Trellis);
  }

  /**
   * Of a matrix as it is stored.
   *
   * @param packed stays the caller's
   * @throws IllegalArgumentException where it does not {@link #trains}
   */
  static TrainedMatrix of(StoredMatrix matrix, Packed packed) {
    return switch (matrix.numbers()) {
      case Numbers.Plain _ ->
          new TrainedMatrix(
              matrix.name(), TrainedWeight.leaf(packed.part(matrix.name())), null, matrix.shape());
      case Numbers.Grouped grouped -> {
        try (var scope = TensorScope.open()) {
          GroupedMatrix whole = matrix.grouped(packed, grouped.grid());
          long groups = whole.scales().size(1);
          var ones =
              new GroupedMatrix(
                  whole.grid(),
                  whole.in(),
                  whole.codes(),
                  whole.scales().new_ones(whole.scales().sizes()),
                  whole.zeros());
          Tensor units = ones.dense(Dtype.F32).view(whole.out(), groups, whole.in() / groups);
          yield new TrainedMatrix(
              StoredMatrix.scales(matrix.name()),
              TrainedWeight.leaf(whole.scales()),
              scope.own(units),
              matrix.shape());
        }
      }
      case Numbers.Trellis _ ->
          throw new IllegalArgumentException(matrix.name() + ": trellis codes cannot be trained");
    };
  }

  /** What is trained of some matrices, by the names of their parts. */
  static SequencedMap<String, Tensor> leaves(TrainedMatrix... matrices) {
    var leaves = new LinkedHashMap<String, Tensor>();
    for (TrainedMatrix each : matrices) {
      leaves.put(each.part(), each.leaf());
    }
    return leaves;
  }

  /** The numbers of the matrix, which gradients go through; in the caller's scope. */
  Tensor numbers() {
    try (var scope = TensorScope.open()) {
      if (units == null) {
        return scope.keep(leaf.alias());
      }
      Tensor whole = units.mul(leaf.unsqueeze(-1)).reshape(-1);
      return scope.keep(
          shape.size() == 1
              ? whole.narrow(0, 0, shape.getFirst())
              : whole.view(shape.getFirst(), shape.getLast()));
    }
  }

  @Override
  public void close() {
    leaf.close();
    if (units != null) {
      units.close();
    }
  }
}
