package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;
import static org.bytedeco.pytorch.global.torch.linalg_svd;
import static org.bytedeco.pytorch.global.torch.topk;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.form.SparseForm;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** COMPOT as the paper writes it, on library calls, in single precision: what to be faster than. */
final class PlainCompot {

  private PlainCompot() {}

  /**
   * Factorises and de-whitens.
   *
   * @return the relative whitened error of A and S
   */
  static double factorise(Tensor weight, Whitening whitening, SparseForm size, int iterations) {
    try (var _ = TensorScope.open()) {
      Tensor root = whitening.root().to(ScalarType.Float);
      Tensor target = root.t().mm(weight.t()).contiguous(); // LW
      Tensor dictionary =
          linalg_svd(target, false, new StringViewOptional())
              .get0()
              .narrow(1, 0, size.k())
              .contiguous();
      for (int t = 0; t < iterations; t++) {
        try (var _ = TensorScope.open()) {
          Tensor m = target.mm(code(dictionary, target, size.s()).t());
          var svd = linalg_svd(m, false, new StringViewOptional());
          dictionary.copy_(svd.get0().mm(svd.get2()));
        }
      }
      Tensor code = code(dictionary, target, size.s());
      Tensor atoms = linalg_solve_triangular(root.t(), dictionary, true, true, false);
      Tensor difference = root.t().mm(atoms.mm(code).sub_(weight.t()));
      return difference.norm().item_double() / target.norm().item_double();
    }
  }

  private static Tensor code(Tensor dictionary, Tensor target, long s) {
    try (var scope = TensorScope.open()) {
      Tensor z = dictionary.t().mm(target);
      Tensor kept = topk(z.abs(), s, 0, true, false).get1();
      return scope.keep(zeros_like(z).scatter_(0, kept, z.gather(0, kept)));
    }
  }

  /**
   * The products that no implementation can leave out: LW, then DᵀLW and LW·Sᵀ an iteration, and
   * the last DᵀLW.
   *
   * @return seconds
   */
  static double productsAlone(Tensor weight, Whitening whitening, SparseForm size, int iterations) {
    try (var _ = TensorScope.open()) {
      Tensor root = whitening.root().to(ScalarType.Float);
      Tensor dictionary = root.narrow(1, 0, size.k()).contiguous();
      long start = System.nanoTime();
      Tensor target = weight.mm(root);
      for (int t = 0; t < iterations; t++) {
        try (var _ = TensorScope.open()) {
          Tensor z = target.mm(dictionary);
          target.t().mm(z);
        }
      }
      target.mm(dictionary);
      return (System.nanoTime() - start) * 1e-9;
    }
  }
}
