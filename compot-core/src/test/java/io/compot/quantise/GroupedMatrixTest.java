package io.compot.quantise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GroupedMatrixTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void packedCodesComeBack(int width) {
    for (int count : new int[] {1, 31, 32, 33, 96}) {
      Tensor codes =
          torch.randint(1 << width, new long[] {5, count}).to(ScalarType.Byte).contiguous();
      Tensor packed = BitStream.pack(codes.t().contiguous(), width);
      assertThat(packed.size(1)).isEqualTo((count * width + 31) / 32);
      assertThat(torch.equal(BitStream.unpack(packed, width, count), codes)).isTrue();
    }
  }

  @Test
  void firstCodesStandInTheLowestBits() {
    Tensor codes = Matrices.tensor(new double[][] {{1, 2, 3, 0, 5, 6, 7, 4, 1, 2, 7, 3}});
    Tensor packed = BitStream.pack(codes.to(ScalarType.Byte).t().contiguous(), 3);
    // The eleventh code straddles the words: its lower two bits end the first.
    int first = 0;
    int[] values = {1, 2, 3, 0, 5, 6, 7, 4, 1, 2};
    for (int i = 0; i < values.length; i++) {
      first |= values[i] << (3 * i);
    }
    first |= (3 << 30);
    assertThat(packed.select(1, 0).item_int()).isEqualTo(first);
    assertThat(packed.select(1, 1).item_int()).isEqualTo(1 | (3 << 1));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 16, true, F16",
    "3, 32, false, BF16",
    "4, 0, true, F32",
    "5, 96, false, F16",
    "6, 16, false, F32",
    "7, 48, true, BF16",
    "8, 0, false, F16"
  })
  void isWithinHalfAStepAndAsLargeAsTold(int width, int group, boolean symmetric, Dtype scale)
      throws CompotException {
    Tensor weight = Matrices.gaussian(11, 96, width).to(ScalarType.Float);
    var grid = new Grid(width, group, symmetric, scale);
    try (GroupedMatrix found = RoundToNearest.quantise("p", weight, grid, RangeRule.MIN_MAX)) {
      long stored = found.codes().numel() * 32 + found.scales().numel() * scale.bits();
      stored += found.zeros() == null ? 0 : found.zeros().numel() * 32;
      assertThat(found.bits()).isEqualTo(stored);
      Tensor steps = found.scales().to(ScalarType.Float).repeat_interleave(96 / grid.groups(96));
      Tensor off = found.dense(Dtype.F32).sub_(weight).abs().view(-1).div_(steps);
      // The largest weight of a symmetric grid is clipped by half a step, and F16 scales round.
      assertThat(off.amax().item_double()).isLessThan(symmetric || width == 8 ? 1.0 : 0.6);
      assertThat(off.mean().item_double()).isCloseTo(0.25, within(0.05));
    }
  }

  @ParameterizedTest
  @CsvSource({"2, true", "2, false", "3, true", "3, false", "4, true", "4, false"})
  void leastSquaresRangesErrLess(int width, boolean symmetric) throws CompotException {
    Tensor weight = Matrices.gaussian(300, 256, 5);
    var grid = new Grid(width, 64, symmetric, Dtype.F16);
    double wide = squared(weight, grid, RangeRule.MIN_MAX);
    double fitted = squared(weight, grid, RangeRule.LEAST_SQUARES);
    assertThat(fitted).isLessThan((width == 4 ? 0.95 : 0.85) * wide);
    // The best uniform quantiser of a normal source (Max 1960), but with a code for zero itself,
    // which costs a quarter of the levels at two bits.
    double[] best = {0, 0, 0.145, 0.0374, 0.0115};
    assertThat(fitted).isLessThan(1.02 * best[width]);
  }

  private static double squared(Tensor weight, Grid grid, RangeRule rule) throws CompotException {
    try (GroupedMatrix found = RoundToNearest.quantise("p", weight, grid, rule)) {
      return found.dense(Dtype.F64).sub_(weight).square_().mean().item_double();
    }
  }

  @ParameterizedTest
  @EnumSource(RangeRule.class)
  void zerosAndConstantsAreExact(RangeRule rule) throws CompotException {
    Tensor weight = Matrices.gaussian(4, 64, 1);
    weight.narrow(0, 1, 1).zero_();
    weight.narrow(0, 2, 1).fill_(new Scalar(-0.5));
    for (boolean symmetric : new boolean[] {true, false}) {
      var grid = new Grid(4, 32, symmetric, Dtype.F32);
      try (GroupedMatrix found = RoundToNearest.quantise("p", weight, grid, rule)) {
        Tensor dense = found.dense(Dtype.F64);
        assertThat(dense.select(0, 1).abs().amax().item_double()).isZero();
        double off = dense.select(0, 2).add_(new Scalar(0.5)).abs().amax().item_double();
        assertThat(off).isLessThan(rule == RangeRule.LEAST_SQUARES ? 1e-6 : 0.05);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    var grid = new Grid(4, 64, true, Dtype.F16);
    assertThatThrownBy(() -> rtn(Matrices.gaussian(4, 352, 1), grid))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "p: its 352 inputs are no whole number of groups of 64; choose groups of 44 or a scale a row");
    Tensor broken = Matrices.gaussian(4, 64, 1);
    broken.select(0, 1).select(0, 3).fill_(new Scalar(Double.NaN));
    assertThatThrownBy(() -> rtn(broken, grid))
        .isInstanceOf(FailureException.class)
        .hasMessage("p: the weight has NaN or infinite entries; exclude this projection");
    for (double size : new double[] {1e-9, 1e9}) {
      assertThatThrownBy(() -> rtn(Matrices.gaussian(4, 64, 1).mul_(new Scalar(size)), grid))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("do not fit into F16; store scales as BF16");
    }
    assertThatThrownBy(() -> new Grid(9, 64, true, Dtype.F16))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void rtn(Tensor weight, Grid grid) throws CompotException {
    RoundToNearest.quantise("p", weight, grid, RangeRule.LEAST_SQUARES).close();
  }

  @Test
  void gramsThatSayNothingOrAreNoneAreToldApart() throws CompotException {
    Tensor weight = Matrices.gaussian(4, 64, 1);
    var grid = new Grid(4, 32, true, Dtype.F16);
    Tensor nothing = torch.zeros_like(Matrices.gaussian(64, 64, 1));
    try (Feedback feedback = Feedback.of(nothing, Feedback.Order.ACTIVITY, "p");
        GroupedMatrix found = Gptq.quantise("p", weight, feedback, grid, RangeRule.MIN_MAX);
        GroupedMatrix nearest = RoundToNearest.quantise("p", weight, grid, RangeRule.MIN_MAX)) {
      assertThat(torch.equal(found.integers(), nearest.integers())).isTrue();
    }
    // Few tokens: rank 3 of 64, which damping makes whole.
    try (Feedback feedback = Feedback.of(Matrices.gram(64, 3, 2), Feedback.Order.ACTIVITY, "p")) {
      assertThat(feedback.damping()).isEqualTo(0.01);
    }
    // A little less than positive: more damping.
    Tensor indefinite = Matrices.gram(64, 200, 2);
    double mean = indefinite.diagonal().mean().item_double();
    indefinite.select(0, 3).select(0, 9).add_(new Scalar(mean * 0.3));
    indefinite.select(0, 9).select(0, 3).add_(new Scalar(mean * 0.3));
    try (Feedback feedback = Feedback.of(indefinite, Feedback.Order.NATURAL, "p")) {
      assertThat(feedback.damping()).isBetween(0.05, 1.0);
    }
    Tensor wrong = Matrices.gram(64, 200, 2).neg();
    assertThatThrownBy(() -> Feedback.of(wrong, Feedback.Order.NATURAL, "p").close())
        .hasMessageContaining("not positive semidefinite");
    Tensor broken = Matrices.gram(64, 200, 2);
    broken.select(0, 3).select(0, 9).fill_(new Scalar(Double.NaN));
    assertThatThrownBy(() -> Feedback.of(broken, Feedback.Order.NATURAL, "p").close())
        .hasMessageContaining("NaN or infinite");
  }
}
