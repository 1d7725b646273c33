package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.quantise.Feedback;
import io.compot.quantise.Grid;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.Unpacked;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantisedSparseTest {

  private static final int OUT = 90;
  private static final int IN = 64;

  private final TensorScope scope = TensorScope.open();
  private final Tensor weight = Matrices.gaussian(OUT, IN, 1).to(ScalarType.Float);
  private final Tensor gram = Matrices.gram(IN, 300, 2);

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @CsvSource({"4, 32, true", "3, 16, false", "8, 64, true"})
  void errsLittleMoreThanTheFactorsAndLessThanRounding(int width, int group, boolean symmetric)
      throws CompotException {
    var grid = new Grid(width, group, symmetric, Dtype.F16);
    try (Factorisation made = compot();
        QuantisedSparse found = quantised(made, grid)) {
      var factors = Unpacked.of(made.factors());
      Tensor support = factors.code().view(ScalarType.Int).ne(new Scalar(0L));
      Tensor code = found.code().dense(Dtype.F64);
      // Zeros stay zeros, bit for bit.
      Tensor outside = code.masked_select(support.logical_not());
      assertThat(outside.view(ScalarType.Long).ne(new Scalar(0L)).any().item_bool()).isFalse();
      long groups = Math.ceilDiv(factors.nonzeros(), group);
      long mask = OUT * Math.ceilDiv(factors.form().k(), 8) * 8;
      assertThat(found.bits())
          .isEqualTo(grid.bits(factors.form().k(), IN) + grid.bits(groups, group) + mask);
      double exact = error(Codecs.dense(made.factors(), Dtype.F64));
      double fed = error(found.dense(Dtype.F64));
      double nearest = error(rounded(factors, grid, support));
      assertThat(fed).isLessThan(exact + 0.75 * (nearest - exact));
      if (width == 8) {
        // The values are refitted, so that fine grids lose nothing at all.
        assertThat(fed).isLessThan(1.01 * exact);
      }
    }
  }

  private Tensor rounded(Unpacked factors, Grid grid, Tensor support) throws CompotException {
    Tensor stream = factors.code().masked_select(support);
    long missing = Math.floorMod(-stream.numel(), (long) grid.group());
    Tensor rows = torch.constant_pad_nd(stream, new long[] {0, missing}).view(-1, grid.group());
    try (var atoms =
            RoundToNearest.quantise("p", factors.dictionary(), grid, RangeRule.LEAST_SQUARES);
        var values = RoundToNearest.quantise("p", rows, grid, RangeRule.LEAST_SQUARES)) {
      Tensor code = torch.zeros_like(factors.code()).to(ScalarType.Double);
      code.masked_scatter_(support, values.dense(Dtype.F64).view(-1));
      return code.mm(atoms.dense(Dtype.F64));
    }
  }

  @Test
  void groupsThatDoNotFitAreRefusedByName() throws CompotException {
    try (Factorisation made = compot()) {
      assertThatThrownBy(() -> quantised(made, new Grid(4, 48, true, Dtype.F16)).close())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("p: its 64 inputs are no whole number of groups of 48");
      assertThatThrownBy(() -> quantised(made, new Grid(4, Grid.ROW, true, Dtype.F16)).close())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("choose groups of nonzeros");
    }
  }

  private Factorisation compot() throws CompotException {
    try (Whitening whitening = Whitening.of(gram, "p")) {
      var problem = new LayerProblem("p", weight, whitening, Dtype.F32, 0);
      SparseForm size = SparseForm.within(IN, OUT, Dtype.F16, 0.4, 2).orElseThrow();
      return CompotMethod.paper().factorise(problem, size);
    }
  }

  private QuantisedSparse quantised(Factorisation made, Grid grid) throws CompotException {
    try (Feedback feedback = Feedback.of(gram, Feedback.Order.ACTIVITY, "p")) {
      var goal = new QuantisedSparse.Goal(weight, gram, feedback, null);
      return QuantisedSparse.of("p", made.factors(), goal, grid, grid, RangeRule.LEAST_SQUARES);
    }
  }

  private double error(Tensor dense) {
    Tensor error = dense.sub(weight.to(ScalarType.Double));
    return error.mm(gram).mul_(error).sum().item_double();
  }
}
