package io.compot.model;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.outer;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864), in the layout of Hugging Face
 * checkpoints: dimension i is paired with dimension i + d/2.
 *
 * @param dim of a head that is turned, even: all of it or its beginning
 * @param theta base of the frequencies
 * @param axes by which of three positions each pair of dimensions is turned, where a token has
 *     three (see {@link TokenLayout}); empty where all are turned by the first
 */
record Rotary(int dim, double theta, RopeScaling scaling, List<Integer> axes) {

  Rotary {
    axes = List.copyOf(axes);
  }

  /** Where a token has one position. */
  Rotary(int dim, double theta, RopeScaling scaling) {
    this(dim, theta, scaling, List.of());
  }

  /** cos and sin, [T, d/2], or [B, 1, T, d/2] where rows differ. */
  record Tables(Tensor cos, Tensor sin) {

    private Tables keep(TensorScope scope) {
      return new Tables(scope.keep(cos), scope.keep(sin));
    }

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
      Tensor positions =
          arange(
              new Scalar(offset),
              new Scalar(offset + count),
              new TensorOptions(Dtype.F32.scalarType()));
      return tables(outer(positions, frequencies(offset + count)), type).keep(scope);
    }
  }

  /**
   * The tables of tokens that have three positions each, in the caller's scope.
   *
   * @param type of the tensors to rotate
   */
  Tables tables(TokenLayout layout, Dtype type) {
    try (var scope = TensorScope.open()) {
      Tensor positions = layout.positions();
      Tensor frequencies = frequencies(positions.max().item_long() + 1);
      long[] each = new long[dim / 2];
      for (int pair = 0; pair < axes.size(); pair++) {
        each[pair] = axes.get(pair);
      }
      Tensor own = positions.index_select(0, Tensor.create(each)).t().to(ScalarType.Float);
      return tables(own.mul(frequencies), type).keep(scope);
    }
  }

  private Tensor frequencies(long length) {
    double[] exact = scaling.frequencies(theta, dim, length);
    float[] rounded = new float[exact.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) exact[i];
    }
    return Tensor.create(rounded);
  }

  private Tables tables(Tensor angles, Dtype type) {
    try (var scope = TensorScope.open()) {
      Scalar factor = new Scalar(scaling.attentionFactor());
      return new Tables(
              angles.cos().mul_(factor).to(type.scalarType()),
              angles.sin().mul_(factor).to(type.scalarType()))
          .keep(scope);
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
