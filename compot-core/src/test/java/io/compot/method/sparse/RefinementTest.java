package io.compot.method.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class RefinementTest {

  @Property(tries = 60)
  void noHalfStepRaisesTheError(
      @ForAll @IntRange(min = 2, max = 24) int n,
      @ForAll @IntRange(min = 2, max = 16) int p,
      @ForAll @IntRange(min = 1, max = 12) int k,
      @ForAll boolean weighted,
      @ForAll @IntRange(min = 1, max = 100) int seed) {
    try (var _ = TensorScope.open()) {
      var case_ = new Case(n, p, Math.min(k, p), weighted, seed);
      Refinement refinement = case_.refinement();
      double error = refinement.error();
      double rounding = 1e-9 * error + 1e-12;
      for (int round = 0; round < 4; round++) {
        refinement.improveAtoms();
        double afterAtoms = refinement.error();
        assertThat(afterAtoms).isLessThanOrEqualTo(error + rounding);
        refinement.improveValues();
        error = refinement.error();
        assertThat(error).isLessThanOrEqualTo(afterAtoms + rounding);
        Tensor outside = case_.code.mul(case_.support.neg().add(new Scalar(1)));
        assertThat(outside.abs().sum().item_double()).isZero();
      }
    }
  }

  /** Against the normal equations of all coefficients at once, (AAᵀ ⊗ H) restricted. */
  @Test
  void valuesAreThoseOfTheNormalEquations() {
    try (var _ = TensorScope.open()) {
      var case_ = new Case(5, 6, 4, true, 3);
      Tensor gram = case_.atoms.mm(case_.atoms.t());
      Tensor right = case_.metric.mm(case_.target).mm(case_.atoms.t()).reshape(-1);
      Tensor all = torch.kron(case_.metric, gram);
      Tensor inside = case_.support.reshape(-1).nonzero().squeeze(1);
      Tensor normal = all.index_select(0, inside).index_select(1, inside);
      Tensor solved =
          torch.linalg_solve(normal, right.index_select(0, inside).unsqueeze(1), true).squeeze(1);
      var least = new CoupledLeastSquares(case_.metric, gram, case_.target.mm(case_.atoms.t()));
      least.refine(case_.code, case_.support, 100);
      Tensor found = case_.code.reshape(-1).index_select(0, inside);
      assertThat(found.sub(solved).abs().amax().item_double()).isLessThan(1e-8);
    }
  }

  /** At the best atoms the gradient XᵀH(T − XA) is zero. */
  @Test
  void atomsSolveTheirLeastSquares() {
    try (var _ = TensorScope.open()) {
      var case_ = new Case(20, 7, 5, true, 8);
      case_.refinement().improveAtoms();
      Tensor rest = case_.target.sub(case_.code.mm(case_.atoms));
      Tensor gradient = case_.code.t().mm(case_.metric).mm(rest);
      Tensor scale = case_.code.t().mm(case_.metric).mm(case_.target);
      assertThat(gradient.norm().item_double() / scale.norm().item_double()).isLessThan(1e-6);
    }
  }

  @Test
  void identityMetricIsNoMetric() {
    try (var _ = TensorScope.open()) {
      var plain = new Case(12, 8, 5, false, 4);
      var same = new Case(12, 8, 5, false, 4);
      Tensor identity = torch.eye(12).to(ScalarType.Double);
      var one = new Refinement(plain.target, null, plain.atoms, plain.code, plain.support);
      var two = new Refinement(same.target, identity, same.atoms, same.code, same.support);
      // A short run only: rows converge at their own pace in one and together in the other.
      double first = one.run(30).getLast();
      assertThat(two.run(30).getLast()).isCloseTo(first, within(0.02 * first));
    }
  }

  @Test
  void anAtomWithoutUseStays() {
    try (var _ = TensorScope.open()) {
      var case_ = new Case(12, 8, 5, true, 5);
      case_.code.narrow(1, 2, 1).zero_();
      case_.support.narrow(1, 2, 1).zero_();
      Tensor before = case_.atoms.select(0, 2).clone();
      case_.refinement().run(3);
      assertThat(case_.atoms.select(0, 2).sub(before).abs().amax().item_double()).isLessThan(1e-12);
    }
  }

  private static final class Case {
    final Tensor target;
    final Tensor metric;
    final Tensor atoms;
    final Tensor code;
    final Tensor support;
    final boolean weighted;

    Case(int n, int p, int k, boolean weighted, long seed) {
      this.weighted = weighted;
      target = Matrices.gaussian(n, p, seed);
      Tensor mix = Matrices.gaussian(2L * n, n, seed + 1);
      metric = mix.t().mm(mix);
      atoms = Matrices.gaussian(k, p, seed + 2);
      support = Matrices.gaussian(n, k, seed + 3).gt(new Scalar(0.0)).to(ScalarType.Double);
      code = Matrices.gaussian(n, k, seed + 4).mul(support);
    }

    Refinement refinement() {
      return new Refinement(target, weighted ? metric : null, atoms, code, support);
    }
  }
}
