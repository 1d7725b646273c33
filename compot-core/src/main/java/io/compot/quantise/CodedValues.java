package io.compot.quantise;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.constant_pad_nd;
import static org.bytedeco.pytorch.global.torch.full_like;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The nonzeros of a sparse code on a {@link Grid}. They form one stream, row after row, and groups
 * are of consecutive nonzeros, across rows: each is stored as a row of its own. Owns its tensors.
 *
 * @param support where the nonzeros are, [out, k], Bool
 * @param values the stream, [groups, group]; the last group is filled up with codes of zero
 */
public record CodedValues(Tensor support, GroupedMatrix values) implements AutoCloseable {

  /**
   * Rounds a sparse code by GPTQ: what is outside the support stays zero and takes no errors.
   *
   * @param name the projection, for messages
   * @param code Sᵀ, [out, k], any floating type, zero outside the support
   * @param support [out, k], Bool, true somewhere
   * @param feedback of what the code multiplies: of D G Dᵀ, [k, k]
   * @param grid whose groups count nonzeros; not {@link Grid#ROW}
   * @throws UsageException where the grid has no groups
   * @throws FailureException where values are not finite, or their scales do not fit their type
   */
  public static CodedValues quantise(
      String name, Tensor code, Tensor support, Feedback feedback, Grid grid, RangeRule rule)
      throws FailureException, UsageException {
    if (grid.group() == Grid.ROW) {
      throw new UsageException(
          name + ": a sparse code has no row that could share a scale; choose groups of nonzeros");
    }
    try (var scope = TensorScope.open()) {
      Tensor wide = code.to(ScalarType.Float);
      Tensor stream = groups(wide.masked_select(support), grid.group());
      FittedGrid fitted = FittedGrid.of(name, stream.t().contiguous(), grid, rule);
      long count = stream.size(0);
      Tensor member = arange(new Scalar(count)).repeat_interleave(grid.group()).to(ScalarType.Long);
      // Outside the support any code stands for nothing: a scale as small as can be.
      Tensor scales = full_like(wide, new Scalar((double) Float.MIN_NORMAL));
      Tensor zeros = full_like(wide, new Scalar((double) grid.middle()));
      scales.masked_scatter_(support, fitted.scales().view(count).index_select(0, member));
      zeros.masked_scatter_(support, fitted.zeros().view(count).index_select(0, member));
      var spread = new FittedGrid(grid, scales.t().contiguous(), zeros.t().contiguous());
      Tensor columns = wide.masked_fill(support.logical_not(), new Scalar(0.0)).t().contiguous();
      Tensor codes = Gptq.codes(columns, feedback, spread, 1).t().contiguous();
      Tensor kept = codes.masked_select(support).to(ScalarType.Float);
      Tensor packed = groups(kept, grid.group());
      long filled = packed.numel() - kept.numel();
      if (filled > 0) {
        Tensor zero = fitted.zeros().view(count).narrow(0, count - 1, 1);
        packed.view(-1).narrow(0, kept.numel(), filled).copy_(zero.expand(filled));
      }
      Tensor narrow = packed.to(ScalarType.Byte).t().contiguous();
      return new CodedValues(scope.own(support.clone()), GroupedMatrix.pack(grid, narrow, fitted));
    }
  }

  /** A stream as rows of a group each, filled up with zeros. */
  private static Tensor groups(Tensor stream, int group) {
    try (var scope = TensorScope.open()) {
      long missing = Math.floorMod(-stream.numel(), (long) group);
      Tensor whole = constant_pad_nd(stream, new long[] {0, missing});
      return scope.keep(whole.view(-1, group));
    }
  }

  /** Bits as stored: the stream, and the mask with rows padded to bytes. */
  public long bits() {
    long mask = support.size(0) * Math.ceilDiv(support.size(1), Byte.SIZE) * Byte.SIZE;
    return values.bits() + mask;
  }

  /** Sᵀ, [out, k], with its zeros, in the caller's scope. */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      Tensor stream = values.dense(computation).view(-1);
      Tensor code = zeros_like(support.to(computation.scalarType()));
      return scope.keep(code.masked_scatter_(support, stream));
    }
  }

  @Override
  public void close() {
    support.close();
    values.close();
  }
}
