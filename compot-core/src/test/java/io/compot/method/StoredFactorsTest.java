package io.compot.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Factors of badly scaled dictionaries, in narrow types. */
class StoredFactorsTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  /** Each of the six atoms is multiplied by another power of two, its code divided by it. */
  @ParameterizedTest
  @CsvSource({"F16,0,0", "F16,6,0", "F16,22,2", "BF16,22,0", "BF16,160,2", "F32,160,2"})
  void powersOfTwoBetweenFactorsChangeNoDigit(Dtype stored, int most, int rescued)
      throws FailureException {
    Tensor left = Matrices.gaussian(9, 6, 1);
    Tensor right = Matrices.gaussian(6, 8, 2);
    Tensor plain = left.to(stored.scalarType()).to(ScalarType.Double);
    Tensor weight = plain.mm(right.to(stored.scalarType()).to(ScalarType.Double));
    Tensor up = powers(most);
    try (Factorisation low =
            StoredFactors.lowRank(
                problem(weight, stored), left.div(up), right.mul(up.unsqueeze(1)));
        Factorisation sparse =
            StoredFactors.sparse(
                problem(weight, stored),
                left.div(up),
                right.mul(up.unsqueeze(1)),
                SparseForm.plain(6, 6, stored),
                List.of())) {
      assertThat(low.weightError()).isLessThan(1e-6);
      assertThat(sparse.weightError()).isLessThan(1e-6);
      assertThat(low.rescued()).isEqualTo(rescued);
      assertThat(sparse.rescued()).isEqualTo(rescued);
      assertThat(largest(low.factors().part(LowRankCodec.LEFT))).isLessThan(100);
      assertThat(largest(sparse.factors().part(SparseCodec.DICTIONARY))).isLessThan(100);
    }
  }

  /** No power of two helps where the product itself is beyond the type. */
  @Test
  void whatNoBalanceCanStoreIsRefusedByName() {
    Tensor left = Matrices.gaussian(9, 6, 1).mul(new Scalar(1e6));
    Tensor right = Matrices.gaussian(6, 8, 2).mul(new Scalar(1e6));
    assertThat(StoredFactors.fit(left, right, Dtype.F32)).isTrue();
    assertThat(StoredFactors.fit(left, right, Dtype.F16)).isFalse();
    assertThat(StoredFactors.fit(left, right.div(new Scalar(1e6)), Dtype.F16)).isTrue();
    assertThatThrownBy(() -> StoredFactors.lowRank(problem(left.mm(right), Dtype.F16), left, right))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("layer.proj: its factors do not fit into F16")
        .hasMessageContaining("--exclude layer.proj");
  }

  @Test
  void factorsThatAreNoNumbersAreRefusedByName() {
    Tensor left = Matrices.gaussian(9, 6, 1);
    Tensor right = Matrices.gaussian(6, 8, 2);
    right.narrow(0, 3, 1).fill_(new Scalar(Double.NaN));
    assertThatThrownBy(() -> StoredFactors.lowRank(problem(left.clone(), Dtype.F32), left, right))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("layer.proj");
  }

  /** Squares of 1e35 and of 1e-35 leave the range of single precision. */
  @ParameterizedTest
  @CsvSource({"1e35", "1e-35", "1e19", "1e-19"})
  void errorsOfExtremeWeightsAreThoseOfPlainOnes(double size) throws FailureException {
    Tensor left = Matrices.gaussian(40, 30, 1);
    Tensor right = Matrices.gaussian(30, 50, 2);
    Tensor weight = left.mm(right).add_(Matrices.gaussian(40, 50, 3));
    Tensor scaled = weight.mul(new Scalar(size));
    try (Factorisation plain = StoredFactors.lowRank(problem(weight, Dtype.F32), left, right);
        Factorisation extreme =
            StoredFactors.lowRank(problem(scaled, Dtype.F32), left.mul(new Scalar(size)), right)) {
      assertThat(extreme.weightError() / plain.weightError()).isBetween(0.9999, 1.0001);
    }
  }

  private static LayerProblem problem(Tensor weight, Dtype stored) {
    return new LayerProblem("layer.proj", weight, null, stored, 1);
  }

  /** 2 to the power of 0, … ± most, in equal steps. */
  private static Tensor powers(int most) {
    double[][] row = new double[1][6];
    for (int i = 0; i < 6; i++) {
      row[0][i] = Math.scalb(1.0, (i % 2 == 0 ? 1 : -1) * most * i / 5);
    }
    return Matrices.tensor(row).view(6);
  }

  private static double largest(Tensor factor) {
    Tensor wide = factor.to(ScalarType.Double);
    assertThat(torch.isfinite(wide).all().item_bool()).isTrue();
    return wide.abs().amax().item_double();
  }
}
