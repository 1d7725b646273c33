package io.compot.form.codec;

import io.compot.kernel.NumberType;
import io.compot.kernel.Turn;
import io.compot.kernel.Weight;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.TrellisMatrix;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights as kernels read them: the very memory of tensors, which must outlive what is made here.
 */
public final class StoredWeights {

  private StoredWeights() {}

  /** A matrix of plain numbers; empty where kernels do not know its type. */
  public static Optional<Weight.ByRows> plain(Tensor matrix) {
    return type(Dtype.of(matrix))
        .filter(_ -> matrix.is_contiguous())
        .map(type -> {
          long out = matrix.dim() == 1 ? 1 : matrix.size(0);
          return new Weight.Plain(
              type,
              Math.toIntExact(out),
              Math.toIntExact(matrix.numel() / out),
              NativeMemory.bytes(matrix));
        });
  }

  /** The type of the same name. */
  public static Optional<NumberType> type(Dtype dtype) {
    return switch (dtype) {
      case F32 -> Optional.of(NumberType.F32);
      case F16 -> Optional.of(NumberType.F16);
      case BF16 -> Optional.of(NumberType.BF16);
      default -> Optional.empty();
    };
  }

  /** A matrix on a grid. */
  public static Weight.Grouped grouped(GroupedMatrix matrix) {
    Tensor zeros = matrix.zeros();
    int in = Math.toIntExact(matrix.in());
    return new Weight.Grouped(
        Math.toIntExact(matrix.out()),
        in,
        matrix.grid().width(),
        matrix.grid().groupIn(in),
        NativeMemory.bytes(matrix.codes()),
        type(matrix.grid().scale()).orElseThrow(),
        NativeMemory.bytes(matrix.scales()),
        zeros == null ? null : NativeMemory.bytes(zeros));
  }

  /** Trellis codes. */
  static Weight trellis(TrellisMatrix matrix) {
    var format = matrix.format();
    return new Weight.Trellis(
        Math.toIntExact(matrix.out()),
        Math.toIntExact(matrix.in()),
        format.halfBits(),
        format.code().stateBits(),
        format.code().multiplier(),
        format.sequence(),
        NativeMemory.bytes(matrix.codes()),
        matrix.scale(),
        new Turn(matrix.outputs().signs()),
        new Turn(matrix.inputs().signs()));
  }
}
