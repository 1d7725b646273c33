package io.compot.quantise;

import static org.bytedeco.pytorch.global.torch.full;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix on a {@link Grid}, as it is stored. Groups are of consecutive columns, whatever the
 * order in which they were rounded. Owns its tensors.
 *
 * @param in columns
 * @param codes q, [out, ⌈in·width/32⌉], I32: {@link BitStream} along the rows
 * @param scales s, [out, groups], in the grid's scale type
 * @param zeros z, [⌈out·width/32⌉, groups], I32: a stream along the rows of each group; null where
 *     the grid is symmetric
 */
public record GroupedMatrix(Grid grid, long in, Tensor codes, Tensor scales, @Nullable Tensor zeros)
    implements AutoCloseable {

  public GroupedMatrix {
    boolean whole =
        in % grid.groupIn(in) == 0
            && codes.size(1) == BitStream.words(in, grid.width())
            && scales.size(0) == codes.size(0)
            && scales.size(1) == grid.groups(in)
            && Dtype.of(scales) == grid.scale()
            && grid.symmetric() == (zeros == null);
    if (!whole) {
      throw new IllegalArgumentException("codes, scales and zero points of different matrices");
    }
  }

  /**
   * Packs codes.
   *
   * @param codes qᵀ, [in, out], contiguous U8
   * @param fitted where the scales and zero points stand
   */
  static GroupedMatrix pack(Grid grid, Tensor codes, FittedGrid fitted) {
    try (var scope = TensorScope.open()) {
      Tensor zeros = null;
      if (!grid.symmetric()) {
        Tensor narrow = fitted.zeros().to(ScalarType.Byte).t().contiguous();
        zeros = scope.own(BitStream.pack(narrow, grid.width()).t().contiguous());
      }
      Tensor stored = fitted.scales().t().to(grid.scale().scalarType()).contiguous();
      return new GroupedMatrix(
          grid,
          codes.size(0),
          scope.own(BitStream.pack(codes, grid.width())),
          scope.own(stored),
          zeros);
    }
  }

  /** Rows. */
  public long out() {
    return codes.size(0);
  }

  /** Bits as stored. */
  public long bits() {
    return grid.bits(out(), in);
  }

  /** q, [out, in], U8, in the caller's scope. */
  public Tensor integers() {
    return BitStream.unpack(codes, grid.width(), in);
  }

  /** z, [out, groups], U8, in the caller's scope. */
  public Tensor zeroPoints() {
    try (var scope = TensorScope.open()) {
      if (zeros == null) {
        var options = new TensorOptions(ScalarType.Byte);
        return scope.keep(
            full(new long[] {out(), grid.groups(in)}, new Scalar((long) grid.middle()), options));
      }
      Tensor streams = zeros.t().contiguous();
      return scope.keep(BitStream.unpack(streams, grid.width(), out()).t().contiguous());
    }
  }

  /**
   * s(q − z): exact in F64; in F32 with one rounding, as the compared tools have it.
   *
   * @return [out, in], in the caller's scope
   */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      var type = computation.scalarType();
      long groups = grid.groups(in);
      Tensor whole = integers().to(type).view(out(), groups, in / groups);
      Tensor centred = whole.sub_(zeroPoints().to(type).unsqueeze(-1));
      return scope.keep(centred.mul_(scales.to(type).unsqueeze(-1)).view(out(), in));
    }
  }

  /**
   * Some rows as {@link #dense} has them.
   *
   * @param rows [n], I64
   * @return [n, in], in the caller's scope
   */
  public Tensor rows(Tensor rows, Dtype computation) {
    try (var scope = TensorScope.open()) {
      var type = computation.scalarType();
      long count = rows.numel();
      long groups = grid.groups(in);
      Tensor picked = codes.index_select(0, rows).contiguous();
      Tensor whole =
          BitStream.unpack(picked, grid.width(), in).to(type).view(count, groups, in / groups);
      Tensor zero = zeroPoints().index_select(0, rows).to(type).unsqueeze(-1);
      Tensor scale = scales.index_select(0, rows).to(type).unsqueeze(-1);
      return scope.keep(whole.sub_(zero).mul_(scale).view(count, in));
    }
  }

  @Override
  public void close() {
    codes.close();
    scales.close();
    if (zeros != null) {
      zeros.close();
    }
  }
}
