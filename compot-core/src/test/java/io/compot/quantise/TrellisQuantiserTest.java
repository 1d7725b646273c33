package io.compot.quantise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrellisQuantiserTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"4, 96, 160, 64", "5, 80, 144, 80", "2, 100, 72, 100"})
  void errsLessThanGptqAndIsAsLargeAsTold(int halfBits, int out, int in, int sequence)
      throws CompotException {
    Tensor weight = Matrices.gaussian(out, in, 1);
    weight.narrow(1, 3, 1).mul_(new Scalar(8.0));
    Tensor gram = Matrices.gram(in, 4L * in, 2);
    TrellisFormat format = TrellisFormat.of(halfBits, sequence);
    var grid = new Grid(Math.max(2, halfBits / 2), Grid.ROW, false, Dtype.F16);
    try (TrellisInput input = TrellisInput.of(gram, 3, "p");
        Feedback feedback = Feedback.of(gram, Feedback.Order.ACTIVITY, "p");
        TrellisMatrix found = TrellisQuantiser.quantise("p", weight, input, format, 4);
        GroupedMatrix scalar =
            Gptq.quantise("p", weight, feedback, grid, RangeRule.LEAST_SQUARES)) {
      assertThat(found.bits()).isEqualTo(found.codes().numel() * 32 + 32 + 128);
      assertThat((double) found.codes().numel() * 32 / weight.numel())
          .isCloseTo(halfBits / 2.0, within(0.3));
      double coded = error(weight, found.dense(Dtype.F64), gram);
      double rounded = error(weight, scalar.dense(Dtype.F64), gram);
      // At two bits and more than GPTQ has, and at one bit against its two.
      assertThat(coded).isLessThan(halfBits > 3 ? 0.7 * rounded : 3 * rounded);
    }
  }

  @Test
  void feedbackAndRotationBothPay() throws CompotException {
    Tensor weight = Matrices.gaussian(64, 128, 1);
    weight.narrow(1, 5, 1).mul_(new Scalar(10.0));
    Tensor gram = Matrices.gram(128, 400, 2);
    TrellisFormat format = TrellisFormat.of(4, 64);
    double diagonal = gram.diagonal().mean().item_double();
    Tensor none = torch.eye(128, gram.options()).mul_(new Scalar(diagonal));
    double with;
    double without;
    try (TrellisInput input = TrellisInput.of(gram, 3, "p");
        TrellisInput blind = TrellisInput.of(none, 3, "p");
        TrellisMatrix fed = TrellisQuantiser.quantise("p", weight, input, format, 4);
        TrellisMatrix plain = TrellisQuantiser.quantise("p", weight, blind, format, 4)) {
      with = error(weight, fed.dense(Dtype.F64), gram);
      without = error(weight, plain.dense(Dtype.F64), gram);
      // Without feedback a rotated weight errs as a normal source does.
      Tensor off = plain.dense(Dtype.F64).sub_(weight);
      double relative = off.square().sum().item_double() / weight.square().sum().item_double();
      assertThat(relative).isCloseTo(0.0725, within(0.006));
    }
    assertThat(with).isLessThan(0.6 * without);
  }

  private static double error(Tensor weight, Tensor dense, Tensor gram) {
    Tensor error = dense.sub(weight);
    return error.mm(gram).mul_(error).sum().item_double();
  }

  @ParameterizedTest
  @CsvSource({"64", "128", "192", "352", "576", "704", "1536", "8192"})
  void usualColumnsAreWholeWords(long out) {
    for (int halfBits = 2; halfBits <= 12; halfBits += 2) {
      TrellisFormat format = TrellisFormat.forRows(halfBits, out);
      assertThat(format.columnWords(out) * 64L).isEqualTo(out * halfBits);
    }
  }

  @Test
  void zerosAndBrokenWeights() throws CompotException {
    Tensor gram = Matrices.gram(64, 200, 2);
    TrellisFormat format = TrellisFormat.of(4, 32);
    try (TrellisInput input = TrellisInput.of(gram, 3, "p")) {
      Tensor zero = torch.zeros_like(Matrices.gaussian(32, 64, 1));
      try (TrellisMatrix found = TrellisQuantiser.quantise("p", zero, input, format, 4)) {
        assertThat(found.dense(Dtype.F32).abs().amax().item_double()).isZero();
      }
      Tensor broken = Matrices.gaussian(32, 64, 1);
      broken.select(0, 3).select(0, 4).fill_(new Scalar(Double.POSITIVE_INFINITY));
      assertThatThrownBy(() -> TrellisQuantiser.quantise("p", broken, input, format, 4).close())
          .isInstanceOf(FailureException.class)
          .hasMessage("p: the weight has NaN or infinite entries; exclude this projection");
    }
  }
}
