package io.compot.method;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The dictionary step of K-SVD: for one atom a with coefficients x, the best rank-1 approximation
 * xa of E = R + xa on the rows that use it, by power iterations a ← Eᵀx/‖Eᵀx‖, x ← Ea, one atom
 * after the other, each seeing the residual that the ones before left behind.
 *
 * <p>The products with R are the cost, and one atom at a time they are bound by memory. A block of
 * b atoms is therefore updated with the residual R₀ at the block's start: with C its old and new
 * coefficients and B its old and new atoms, stacked with signs g, the residual within the block is
 * R₀ + CᵀGB. So R₀ᵀx, R₀R₀ᵀx and R₀a of the whole block are three matrix products, and the rest of
 * an atom's update costs O(b(n + p)). This is exactly the sequential update with one power
 * iteration; more of them repeat the block, with the residual made anew in between, which for b = 1
 * is exactly the power iteration of the paper.
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
      long b = members.size(0);
      Tensor old = coefficients.t().contiguous();
      // Rows 0 to b − 1: the old ones; b to 2b − 1: the new ones, zero until they are found.
      Tensor x = doubled(old);
      Tensor a = doubled(members);
      Tensor image = doubled(members.mm(residual.t()));
      Tensor back = old.mm(residual);
      Tensor backImage = back.mm(residual.t());
      Tensor signs = zeros(new long[] {2 * b}, new TensorOptions(ScalarType.Float));
      for (long i = 0; i < b; i++) {
        signs.select(0, i).fill_(new Scalar(1.0));
        try (var _ = TensorScope.open()) {
          Tensor inner = x.mv(x.select(0, i)).mul_(signs);
          Tensor direction = back.select(0, i).add(a.t().mv(inner));
          double length = direction.norm().item_double();
          if (length > 0 && x.select(0, i).any().item_bool()) {
            Scalar scale = new Scalar(1 / length);
            Tensor atom = a.select(0, b + i);
            atom.copy_(direction.mul_(scale));
            Tensor seen = image.select(0, b + i);
            seen.copy_(backImage.select(0, i).add(image.t().mv(inner)).mul_(scale));
            Tensor cosines = a.mv(atom).mul_(signs);
            x.select(0, b + i).copy_(x.t().mv(cosines).add_(seen).mul_(rows.select(0, i)));
          } else {
            x.select(0, b + i).copy_(x.select(0, i));
            a.select(0, b + i).copy_(a.select(0, i));
            image.select(0, b + i).copy_(image.select(0, i));
          }
        }
        signs.select(0, b + i).fill_(new Scalar(-1.0));
      }
      residual.addmm_(x.mul(signs.unsqueeze(1)).t(), a);
      coefficients.copy_(x.narrow(0, b, b).t());
      members.copy_(a.narrow(0, b, b));
    }
  }

  private static Tensor doubled(Tensor rows) {
    try (var scope = TensorScope.open()) {
      return scope.keep(cat(new TensorVector(rows, rows.mul(new Scalar(0.0)))));
    }
  }
}
