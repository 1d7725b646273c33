package io.compot.form.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.form.LowRankForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.quantise.TrellisCode;
import io.compot.quantise.TrellisFormat;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed weights of 7 x 9 that are trained; k is no multiple of 8. */
class TrainedWeightTest {

  private static final int STEP = 2;

  /** Of a support that differs from row to row, with a stored zero in it. */
  private static Tensor code(int rows, int columns, int left) {
    Tensor code = zeros_like(Matrices.gaussian(rows, columns, 5)).to(ScalarType.Float);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < left; i++) {
        double value = row == 1 && i == 0 ? -0.0 : 0.3 * (row - 2.5) + i;
        code.select(0, row).select(0, (row * 3 + i * 2) % columns).fill_(new Scalar(value));
      }
    }
    return code.contiguous();
  }

  private static Tensor factor(int rows, int columns, int seed) {
    try (var scope = TensorScope.open()) {
      return scope.own(Matrices.gaussian(rows, columns, seed).to(ScalarType.Float).contiguous());
    }
  }

  static List<String> forms() {
    return List.of("low-rank", "sparse", "masked", "grid", "grid low-rank");
  }

  /** On a grid of few bits whose rows have a scale each. */
  private static GroupedMatrix grid(Tensor matrix) throws Exception {
    var grid = new Grid(3, Grid.ROW, false, Dtype.F32);
    return RoundToNearest.quantise("p", matrix, grid, RangeRule.MIN_MAX);
  }

  private static Packed packed(String form) throws Exception {
    try (var _ = TensorScope.open()) {
      return switch (form) {
        case "low-rank" -> LowRankCodec.packed(factor(7, 4, 1), factor(4, 9, 2));
        case "grid" -> DenseCodec.packed(grid(factor(7, 9, 1)));
        case "grid low-rank" -> LowRankCodec.packed(grid(factor(7, 4, 1)), grid(factor(4, 9, 2)));
        case "sparse" -> SparseCodec.packed(2, factor(5, 9, 3), code(7, 5, 2));
        default -> MaskedCodec.packed(3, code(7, 9, 3));
      };
    }
  }

  /** Σ c · (x Wᵀ), W multiplied out. */
  private static double loss(Packed packed, Tensor x, Tensor c) {
    try (var _ = TensorScope.open()) {
      Tensor weight = Codecs.dense(packed, Dtype.F32).to(ScalarType.Double);
      return x.to(ScalarType.Double).matmul(weight.t()).mul(c).sum().item_double();
    }
  }

  /** The output is linear in each single number, so that a difference is its derivative. */
  @ParameterizedTest
  @MethodSource("forms")
  void gradientsAreFiniteDifferences(String form) throws Exception {
    try (var _ = TensorScope.open();
        Packed packed = packed(form);
        TrainedWeight trained = Codecs.trained(packed)) {
      assertThat(Codecs.trains(packed.form())).isTrue();
      Tensor x = Matrices.gaussian(6, 9, 7).to(ScalarType.Float);
      Tensor c = Matrices.gaussian(6, 7, 8).to(ScalarType.Double);
      Tensor made = trained.apply(x).to(ScalarType.Double).mul(c).sum();
      assertThat(made.item_double()).isCloseTo(loss(packed, x, c), within(1e-4));
      made.backward();
      for (var numbers : trained.numbers().entrySet()) {
        Tensor part = packed.part(numbers.getKey()).reshape(-1);
        Tensor gradient = numbers.getValue().grad().reshape(-1);
        assertThat(gradient.numel()).isEqualTo(part.numel());
        for (long i = 0; i < part.numel(); i++) {
          Tensor number = part.select(0, i);
          float was = number.item_float();
          number.fill_(new Scalar(was + (double) STEP));
          double up = loss(packed, x, c);
          number.fill_(new Scalar(was - (double) STEP));
          double down = loss(packed, x, c);
          number.fill_(new Scalar((double) was));
          assertThat((double) gradient.select(0, i).item_float())
              .isCloseTo((up - down) / (2 * STEP), within(form.startsWith("grid") ? 1e-3 : 1e-4));
        }
      }
    }
  }

  /** What is trained is all but masks, codes and zero points. */
  @ParameterizedTest
  @MethodSource("forms")
  void numbersAreThePartsInTheirShapes(String form) throws Exception {
    try (var _ = TensorScope.open();
        Packed packed = packed(form);
        TrainedWeight trained = Codecs.trained(packed)) {
      var floating = new LinkedHashMap<String, Integer>();
      packed
          .parts()
          .forEach((name, part) -> {
            if (Dtype.of(part).isFloating()) {
              floating.put(name, part.shape().length);
            }
          });
      SequencedMap<String, Integer> found = new LinkedHashMap<>();
      trained
          .numbers()
          .forEach((name, leaf) -> {
            found.put(name, leaf.shape().length);
            assertThat(leaf.equal(packed.part(name))).isTrue();
          });
      assertThat(found).isEqualTo(floating);
    }
  }

  @Test
  void trellisCodesAreRefused() {
    var trellis = new Numbers.Trellis(new TrellisFormat(8, new TrellisCode(13, 1111), 64));
    var form = new LowRankForm(8, trellis, trellis);
    assertThat(Codecs.trains(form)).isFalse();
    var packed = new Packed(form, 16, 16, new LinkedHashMap<>(Map.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Objects.requireNonNull(new LowRankCodec().trained(form, packed)));
  }
}
