package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.linalg_pinv;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DriftTest {

  private static final long IN = 24;
  private static final double RIDGE = 1e-9;

  /** Inputs in the original, of what comes behind something compressed: a part of it is lost. */
  private static Tensor original(Tensor compressed, Tensor map, double noise) {
    long tokens = compressed.size(0);
    return compressed.add(compressed.mm(map)).add(randn(tokens, IN).mul(new Scalar(noise)));
  }

  private static Tensor doubles(long rows, long columns) {
    return randn(rows, columns).to(ScalarType.Double);
  }

  /** Against a regression by another way and the rule as it is written. */
  @ParameterizedTest
  @CsvSource({"60, 1", "60, 0.2", "3000, 1"})
  void shrinksTheRegressionByTheRule(long tokens, double noise) {
    manual_seed(tokens);
    try (var _ = TensorScope.open();
        var drift = new Drift(IN);
        var gram = new Gram("layer", IN)) {
      Tensor after = doubles(tokens, IN);
      Tensor before = original(after, doubles(IN, IN).mul(new Scalar(0.1)), noise);
      drift.add(after.narrow(0, 0, 40), before.narrow(0, 0, 40));
      drift.add(after.narrow(0, 40, tokens - 40), before.narrow(0, 40, tokens - 40));
      gram.add(after);
      Tensor moved = before.sub(after);
      Tensor fit = linalg_pinv(after).mm(moved);
      double left = moved.sub(after.mm(fit)).square().sum().item_double();
      double explained = after.mm(fit).square().sum().item_double();
      double trust = 1 - IN * left / (tokens - IN) / explained;
      assertThat(trust).isBetween(0.05, 1.0);
      Tensor weight = doubles(5, IN);
      Tensor expected = weight.add(weight.mm(fit.t()).mul(new Scalar(trust)));
      Tensor target = drift.target(gram, weight, RIDGE);
      assertThat(target.sub(expected).norm().item_double())
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
          Tensor fit = linalg_pinv(after).mm(before.sub(after));
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

  /** As many inputs as tokens explain everything, and nothing. */
  @Test
  void fewTokensLeaveTheWeight() {
    manual_seed(6);
    try (var _ = TensorScope.open();
        var drift = new Drift(IN);
        var gram = new Gram("layer", IN)) {
      Tensor after = doubles(IN, IN);
      drift.add(after, doubles(IN, IN));
      gram.add(after);
      Tensor weight = doubles(5, IN);
      assertThat(drift.target(gram, weight, RIDGE).equal(weight)).isTrue();
    }
  }
}
