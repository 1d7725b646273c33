package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in double that is summed in {@linkplain Lengths#parts parts}: each from zero, and the
 * parts are added up in their order. So it is the same to the last bit where others have summed
 * parts of it. Takes twice the memory while there are several.
 */
final class PartedSum implements AutoCloseable {

  private final long rows;
  private final long columns;
  private final Tensor sum;
  private @Nullable Tensor part;
  private boolean first = true;

  /** An empty sum. */
  PartedSum(long rows, long columns) {
    this(zero(rows, columns));
  }

  private PartedSum(Tensor owned) {
    this.rows = owned.size(0);
    this.columns = owned.size(1);
    this.sum = owned;
  }

  /** A sum that was taken before, and is owned from now on. */
  static PartedSum of(Tensor owned) {
    return new PartedSum(owned);
  }

  private static Tensor zero(long rows, long columns) {
    try (var scope = TensorScope.open()) {
      return scope.own(zeros(new long[] {rows, columns}, new TensorOptions(ScalarType.Double)));
    }
  }

  /** What is to be added to: the sum of this part. */
  Tensor current() {
    if (first) {
      return sum;
    }
    Tensor now = part;
    if (now == null) {
      now = zero(rows, columns);
      part = now;
    }
    return now;
  }

  /** What comes next belongs to another part. */
  void endPart() {
    first = false;
    Tensor done = part;
    if (done != null) {
      sum.add_(done);
      done.zero_();
    }
  }

  /** The sum of all parts, which belongs to this object. */
  Tensor total() {
    Tensor last = part;
    if (last != null) {
      sum.add_(last);
      last.close();
      part = null;
    }
    return sum;
  }

  @Override
  public void close() {
    sum.close();
    if (part != null) {
      part.close();
    }
  }
}
