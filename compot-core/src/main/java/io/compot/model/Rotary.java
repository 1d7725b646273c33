package io.compot.model;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.outer;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864), in the layout of Hugging Face
 * checkpoints: dimension i is paired with dimension i + d/2.
 *
 * @param dim of a head that is turned, even: all of it or its beginning
 * @param theta base of the frequencies
 */
record Rotary(int dim, double theta, RopeScaling scaling) {

  /** cos and sin, [T, d/2], or [B, 1, T, d/2] where rows differ. */
  record Tables(Tensor cos, Tensor sin) {

    /** The tables of such positions, [B, T], out of those of positions 0 and up. */
    Tables at(Tensor positions) {
      return new Tables(at(cos, positions), at(sin, positions));
    }

    private static Tensor at(Tensor table, Tensor positions) {
      try (var scope = TensorScope.open()) {
        return scope.keep(
            table
                .index_select(0, positions.view(-1))
                .view(positions.size(0), 1, positions.size(1), table.size(1)));
      }
    }
  }

  /**
   * The tables of positions offset to offset + count - 1, in the caller's scope.
   *
   * @param type of the tensors to rotate
   */
  Tables tables(long offset, long count, Dtype type) {
    try (var scope = TensorScope.open()) {
      double[] frequencies = scaling.frequencies(theta, dim, offset + count);
      float[] rounded = new float[frequencies.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) frequencies[i];
      }
      Tensor positions =
          arange(
              new Scalar(offset),
              new Scalar(offset + count),
              new TensorOptions(Dtype.F32.scalarType()));
      Tensor angles = outer(positions, Tensor.create(rounded));
      Scalar factor = new Scalar(scaling.attentionFactor());
      return new Tables(
          scope.keep(angles.cos().mul_(factor).to(type.scalarType())),
          scope.keep(angles.sin().mul_(factor).to(type.scalarType())));
    }
  }

  /**
   * Rotates every head, or the first part of it that the tables are for.
   *
   * @param x [B, heads, T, d]
   * @return the same shape, in the caller's scope
   */
  static Tensor rotate(Tensor x, Tables tables) {
    try (var scope = TensorScope.open()) {
      long half = tables.cos().size(-1);
      long rest = x.size(3) - 2 * half;
      Tensor first = x.narrow(3, 0, half);
      Tensor second = x.narrow(3, half, half);
      Tensor turnedFirst = first.mul(tables.cos()).sub_(second.mul(tables.sin()));
      Tensor turnedSecond = second.mul(tables.cos()).add_(first.mul(tables.sin()));
      var turned = new TensorVector(turnedFirst, turnedSecond);
      if (rest > 0) {
        turned.push_back(x.narrow(3, 2 * half, rest));
      }
      return scope.keep(cat(turned, 3));
    }
  }
}
