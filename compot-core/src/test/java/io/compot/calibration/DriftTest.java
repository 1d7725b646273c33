package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.linalg_inv;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriftTest {

  private static final long IN = 24;
  private static final double RIDGE = 1e-3;

  /** Inputs in the original, of what comes behind something compressed: a part of it is lost. */
  private static Tensor original(Tensor compressed, Tensor map, double noise) {
    long tokens = compressed.size(0);
    return compressed.add(compressed.mm(map)).add(randn(tokens, IN).mul(new Scalar(noise)));
  }

  private static Tensor doubles(long rows, long columns) {
    return randn(rows, columns).to(ScalarType.Double);
  }

  /** Against hat matrices, one for each of the μ that may be chosen. */
  @ParameterizedTest
  @CsvSource({"20, 1", "60, 1", "60, 0.2", "90, 3"})
  void fewTokensChooseTheRidge(long tokens, double noise) {
    manual_seed(tokens);
    try (var _ = TensorScope.open();
        var drift = new Drift(IN);
        var gram = new Gram("layer", IN)) {
      Tensor after = doubles(tokens, IN);
      Tensor before = original(after, doubles(IN, IN).mul(new Scalar(0.1)), noise);
      drift.add(after.narrow(0, 0, 10), before.narrow(0, 0, 10));
      drift.add(after.narrow(0, 10, tokens - 10), before.narrow(0, 10, tokens - 10));
      gram.add(after);
      Tensor moved = before.sub(after);
      Tensor normal = after.t().mm(after);
      double mean = normal.diagonal().mean().item_double();
      Tensor identity = eye(IN, new TensorOptions(ScalarType.Double));
      Tensor best = identity.mul(new Scalar(0.0));
      double least = moved.square().sum().item_double() / tokens / tokens;
      for (int i = 0; i <= 12; i++) {
        double mu = mean * Math.pow(10, i / 2.0 - 3);
        Tensor inverse = linalg_inv(normal.add(identity.mul(new Scalar(mu))));
        Tensor map = inverse.mm(after.t()).mm(moved);
        double degrees = normal.mm(inverse).diagonal().sum().item_double();
        double free = tokens - 1.4 * degrees;
        double left = moved.sub(after.mm(map)).square().sum().item_double();
        if (free > 0 && left / free / free < least) {
          least = left / free / free;
          best = map;
        }
      }
      Tensor weight = doubles(5, IN);
      Tensor expected = weight.add(weight.mm(best.t()));
      assertThat(drift.target(gram, weight, 1e-3).sub(expected).norm().item_double())
          .isCloseTo(0, within(1e-4 * expected.norm().item_double()));
    }
  }

  /** Nothing is chosen: the ridge is the one that was given. */
  @Test
  void manyTokensTakeTheRidge() {
    manual_seed(7);
    try (var _ = TensorScope.open();
        var drift = new Drift(IN);
        var gram = new Gram("layer", IN)) {
      Tensor after = doubles(1000, IN);
      Tensor before = original(after, doubles(IN, IN).mul(new Scalar(0.1)), 1);
      drift.add(after, before);
      gram.add(after);
      Tensor normal = after.t().mm(after);
      double mu = 0.1 * normal.diagonal().mean().item_double();
      Tensor identity = eye(IN, new TensorOptions(ScalarType.Double));
      Tensor map =
          linalg_inv(normal.add(identity.mul(new Scalar(mu)))).mm(after.t()).mm(before.sub(after));
      Tensor weight = doubles(5, IN);
      Tensor expected = weight.add(weight.mm(map.t()));
      assertThat(drift.target(gram, weight, 0.1).sub(expected).norm().item_double())
          .isCloseTo(0, within(1e-4 * expected.norm().item_double()));
    }
  }

  /** On tokens that it was not made of, a regression of noise is worse than none. */
  @Test
  void chanceIsNotLearnt() {
    manual_seed(5);
    try (var _ = TensorScope.open()) {
      double plain = 0;
      double shrunk = 0;
      for (int draw = 0; draw < 20; draw++) {
        try (var drift = new Drift(IN);
            var gram = new Gram("layer", IN)) {
          Tensor none = doubles(IN, IN).mul(new Scalar(0.0));
          Tensor after = doubles(40, IN);
          Tensor before = original(after, none, 1);
          drift.add(after, before);
          gram.add(after);
          Tensor weight = doubles(5, IN);
          Tensor fit = linalg_inv(after.t().mm(after)).mm(after.t()).mm(before.sub(after));
          Tensor other = doubles(500, IN);
          Tensor wanted = original(other, none, 1).mm(weight.t());
          Tensor regression = weight.add(weight.mm(fit.t()));
          plain += wanted.sub(other.mm(regression.t())).square().sum().item_double();
          Tensor target = drift.target(gram, weight, RIDGE);
          shrunk += wanted.sub(other.mm(target.t())).square().sum().item_double();
        }
      }
      assertThat(shrunk).isLessThan(0.6 * plain);
    }
  }

  /** Inputs that were never seen, and such that never changed. */
  @Test
  void withoutAnythingToTellTheWeightStays() {
    manual_seed(6);
    try (var _ = TensorScope.open();
        var none = new Drift(IN);
        var same = new Drift(IN);
        var empty = new Gram("layer", IN);
        var gram = new Gram("layer", IN)) {
      Tensor after = doubles(40, IN);
      same.add(after, after);
      gram.add(after);
      Tensor weight = doubles(5, IN);
      assertThat(none.target(empty, weight, RIDGE).equal(weight)).isTrue();
      assertThat(same.target(gram, weight, RIDGE).equal(weight)).isTrue();
    }
  }
}
