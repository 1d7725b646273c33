package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Matrices that behave like a trained layer's: heavy-tailed weights over a low-rank part, with
 * uneven rows and columns; inputs that are correlated, with a spectrum that falls as 1/i and
 * outlying channels.
 */
final class RealisticLayer {

  private RealisticLayer() {}

  /** Torch layout [out, in], F32. */
  static Tensor weight(long in, long out, long seed) {
    try (var scope = TensorScope.open()) {
      manual_seed(seed);
      // Student's t with four degrees of freedom.
      Tensor chi = randn(out, in).square_();
      for (int i = 0; i < 3; i++) {
        chi.add_(randn(out, in).square_());
      }
      Tensor weight = randn(out, in).div_(chi.div_(new Scalar(4.0)).sqrt_());
      weight.mul_(randn(out, 1).mul_(new Scalar(0.3)).exp_());
      weight.mul_(randn(1, in).mul_(new Scalar(0.3)).exp_());
      long rank = Math.max(1, Math.min(in, out) / 16);
      Tensor common = randn(out, rank).mm(randn(rank, in));
      weight.add_(common.mul_(new Scalar(0.5 / Math.sqrt((double) rank))));
      return scope.keep(weight.mul_(new Scalar(0.02)));
    }
  }

  /** How much errors of the outputs matter, E[ggᵀ], [out, out], double: few directions do most. */
  static Tensor outputMetric(long out, long seed) {
    try (var scope = TensorScope.open()) {
      manual_seed(seed);
      long rank = Math.max(1, out / 16);
      Tensor gradients = randn(out, rank).to(ScalarType.Double);
      gradients.mul_(randn(out, 1).to(ScalarType.Double).exp_());
      Tensor metric = gradients.mm(gradients.t()).div_(new Scalar((double) rank));
      metric.diagonal().add_(new Scalar(0.1));
      return scope.keep(metric);
    }
  }

  /** A Gram matrix [in, in], double. */
  static Tensor gram(long in, long seed) {
    try (var scope = TensorScope.open()) {
      manual_seed(seed);
      Tensor basis = linalg_qr(randn(in, in).to(ScalarType.Double)).get0();
      Tensor falling =
          torch.arange(new Scalar(1L), new Scalar(in + 1)).to(ScalarType.Double).reciprocal();
      Tensor channels = randn(in).to(ScalarType.Double).exp_();
      Tensor factor = basis.mul(falling.sqrt()).mul_(channels.unsqueeze(1));
      return scope.keep(factor.mm(factor.t()));
    }
  }
}
