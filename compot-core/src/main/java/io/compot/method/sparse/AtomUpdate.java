package io.compot.method.sparse;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.empty_like;

import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * The dictionary step of K-SVD: for one atom a with coefficients x, the best rank-1 approximation
 * xa of E = R + xa on the rows that use it, by power iterations a ← Eᵀx/‖Eᵀx‖, x ← Ea, one atom
 * after the other, each seeing the residual that the ones before left behind.
 *
 * <p>The products with R are the cost, and one atom at a time they are bound by memory. A block of
 * b atoms is therefore updated with the residual R₀ at the block's start: R₀ᵀx, R₀R₀ᵀx and R₀a of
 * the whole block are three matrix products, and {@link AtomBlock the rest} of an atom's update
 * costs O(b(n + p)). This is exactly the sequential update with one power iteration; more of them
 * repeat the block, with the residual made anew in between, which for b = 1 is exactly the power
 * iteration of the paper.
 */
final class AtomUpdate {

  private AtomUpdate() {}

  /**
   * Updates all atoms and their coefficients in place; an atom that no row uses stays.
   *
   * @param residual R = T − XA, [n, p], F32
   * @param code X, [n, k]
   * @param support [n, k], 1 inside the support and 0 outside
   * @param atoms A, [k, p]
   * @param block b
   * @param powerIterations passes over each block
   */
  static void sweep(
      Tensor residual, Tensor code, Tensor support, Tensor atoms, int block, int powerIterations) {
    long k = atoms.size(0);
    for (long first = 0; first < k; first += block) {
      long size = Math.min(block, k - first);
      try (var _ = TensorScope.open()) {
        Tensor coefficients = code.narrow(1, first, size);
        Tensor rows = support.narrow(1, first, size).t().contiguous();
        Tensor members = atoms.narrow(0, first, size);
        for (int i = 0; i < powerIterations; i++) {
          updateBlock(residual, coefficients, rows, members);
        }
      }
    }
  }

  private static void updateBlock(
      Tensor residual, Tensor coefficients, Tensor rows, Tensor members) {
    try (var _ = TensorScope.open()) {
      Tensor old = coefficients.t().contiguous();
      Tensor back = old.mm(residual);
      var block =
          new AtomBlock(
              rows(old),
              rows(members),
              rows(members.mm(residual.t())),
              rows(back),
              rows(back.mm(residual.t())),
              rows(rows));
      block.update();
      Tensor found = empty_like(old);
      write(block.newCoefficients(), found);
      Tensor atoms = empty_like(members);
      write(block.newAtoms(), atoms);
      residual.addmm_(
          cat(new TensorVector(old, found.neg())).t(), cat(new TensorVector(members, atoms)));
      coefficients.copy_(found.t());
      members.copy_(atoms);
    }
  }

  private static float[][] rows(Tensor matrix) {
    float[][] rows = new float[(int) matrix.size(0)][(int) matrix.size(1)];
    FloatBuffer from = values(matrix);
    for (float[] row : rows) {
      from.get(row);
    }
    return rows;
  }

  private static void write(float[][] rows, Tensor matrix) {
    FloatBuffer to = values(matrix);
    for (float[] row : rows) {
      to.put(row);
    }
  }

  private static FloatBuffer values(Tensor matrix) {
    return NativeMemory.bytes(matrix).asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
