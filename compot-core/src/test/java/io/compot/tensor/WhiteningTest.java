package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.inverse;
import static org.bytedeco.pytorch.global.torch.linalg_qr;
import static org.bytedeco.pytorch.global.torch.logspace;

import io.compot.error.FailureException;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WhiteningTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void factorGivesTheGramBackAndDewhitenUndoesWhiten() throws FailureException {
    Tensor gram = Matrices.gram(20, 100, 1);
    try (Whitening whitening = Whitening.of(gram, "p")) {
      assertThat(whitening.step()).isEqualTo(Whitening.Step.CHOLESKY);
      assertProportional(whitening, gram, 1e-12);
      assertDewhitenUndoesWhiten(whitening, 1e-9);
    }
  }

  @Test
  void scaleOfTheGramChangesNothing() throws FailureException {
    Tensor gram = Matrices.gram(20, 12, 1);
    try (Whitening one = Whitening.of(gram, "p")) {
      for (int exponent : new int[] {-1000, -300, -40, 40, 300, 900}) {
        Tensor scaled = gram.mul(new Scalar(Math.scalb(1.0, exponent)));
        try (Whitening other = Whitening.of(scaled, "p")) {
          assertThat(other.step()).isEqualTo(one.step());
          assertThat(other.damping()).isEqualTo(one.damping());
          assertThat(torch.equal(one.root(), other.root())).isTrue();
        }
      }
    }
  }

  @Test
  void singularGramsAreDamped() throws FailureException {
    Tensor deadInput = Matrices.gram(20, 100, 1);
    deadInput.narrow(0, 4, 1).zero_();
    deadInput.narrow(1, 4, 1).zero_();
    Tensor fewTokens = Matrices.gram(20, 5, 1);
    for (Tensor gram : new Tensor[] {deadInput, fewTokens}) {
      try (Whitening whitening = Whitening.of(gram, "p")) {
        assertThat(whitening.step()).isEqualTo(Whitening.Step.DAMPED);
        assertThat(whitening.damping()).isBetween(1e-10, 1e-6);
        assertProportional(whitening, gram, 1e-5);
        assertDewhitenUndoesWhiten(whitening, 1e-4);
      }
    }
  }

  @Test
  void unevenChannelsAreFactoredAsTheyAre() throws FailureException {
    Tensor gram = Matrices.gram(12, 60, 1);
    for (int i = 0; i < 12; i++) {
      Scalar factor = new Scalar(Math.pow(10, 0.5 * i - 3));
      gram.narrow(0, i, 1).mul_(factor);
      gram.narrow(1, i, 1).mul_(factor);
    }
    try (Whitening whitening = Whitening.of(gram, "p")) {
      assertThat(whitening.step()).isEqualTo(Whitening.Step.CHOLESKY);
      assertDewhitenUndoesWhiten(whitening, 1e-6);
    }
  }

  @Test
  void slightlyIndefiniteGramsFallToTheEigenStep() throws FailureException {
    double[][] rows = new double[8][8];
    for (int i = 0; i < 8; i++) {
      rows[i][i] = i == 3 ? -5e-4 : 1;
    }
    try (Whitening whitening = Whitening.of(Matrices.tensor(rows), "p")) {
      assertThat(whitening.step()).isEqualTo(Whitening.Step.EIGEN);
      assertDewhitenUndoesWhiten(whitening, 1e-9);
    }
  }

  /** Activations, not Gram entries, from 1e-12 to 1e12: squares spread over 48 decimal orders. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6, 12})
  void badlyScaledChannelsAreFactoredAsTheyAre(int orders) throws FailureException {
    int size = 25;
    Tensor gram = Matrices.gram(size, 200, 1);
    for (int i = 0; i < size; i++) {
      Scalar factor = new Scalar(Math.pow(10, orders * (i - 12) / 12.0));
      gram.narrow(0, i, 1).mul_(factor);
      gram.narrow(1, i, 1).mul_(factor);
    }
    try (Whitening whitening = Whitening.of(gram, "p")) {
      assertThat(whitening.step()).isEqualTo(Whitening.Step.CHOLESKY);
      // Relative to each channel's own scale: a small channel is not lost beside a large one.
      Tensor product = whitening.root().mm(whitening.root().t());
      Tensor correlation = Matrices.correlation(product).sub(Matrices.correlation(gram));
      assertThat(correlation.abs().amax().item_double()).isLessThan(1e-9);
      assertThat(torch.isfinite(whitening.root()).all().item_bool()).isTrue();
    }
  }

  /** Rank 1 to full, and one column that is another plus noise of a given size. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 19, 20, 21, 200})
  void everyRankIsFactored(int tokens) throws FailureException {
    Tensor gram = Matrices.gram(20, tokens, 3);
    try (Whitening whitening = Whitening.of(gram, "p")) {
      boolean full = tokens > 20;
      assertThat(whitening.step() == Whitening.Step.CHOLESKY).isEqualTo(full || tokens == 20);
      assertProportional(whitening, gram, full ? 1e-12 : 2e-4);
      assertDewhitenUndoesWhiten(whitening, 1e-2);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9, 1e-12, 0})
  void nearlySingularGramsAreFactored(double noise) throws FailureException {
    Tensor x = Matrices.gaussian(300, 12, 5);
    Tensor twin = x.narrow(1, 3, 1).add(Matrices.gaussian(300, 1, 6).mul(new Scalar(noise)));
    x.narrow(1, 8, 1).copy_(twin);
    Tensor gram = x.t().mm(x);
    try (Whitening whitening = Whitening.of(gram, "p")) {
      assertThat(whitening.step())
          .isEqualTo(noise >= 1e-5 ? Whitening.Step.CHOLESKY : Whitening.Step.DAMPED);
      assertThat(whitening.damping() > 0).isEqualTo(noise < 1e-5);
      assertProportional(whitening, gram, 1e-4);
      assertDewhitenUndoesWhiten(whitening, 1e-4);
    }
  }

  /** B = DLᵀ(G + δ·mean·I)⁻¹, and the more the smaller. */
  @Test
  void dampedDewhiteningSolvesItsRidgeProblem() throws FailureException {
    Tensor basis = linalg_qr(Matrices.gaussian(20, 20, 5)).get0();
    Tensor values = logspace(new Scalar(0), new Scalar(-9), 20, 10, wide());
    Tensor atoms = Matrices.gaussian(7, 20, 6);
    try (Whitening whitening = Whitening.of(basis.mul(values).mm(basis.t()), "p")) {
      double last = whitening.dewhiten(atoms).norm().item_double();
      for (double damping : new double[] {1e-8, 1e-6, 1e-4}) {
        Tensor gram = whitening.root().mm(whitening.root().t());
        Tensor shift = eye(20, wide()).mul(gram.diagonal().mean()).mul(new Scalar(damping));
        Tensor expected = atoms.mm(whitening.root().t()).mm(inverse(gram.add(shift)));
        Tensor found = whitening.dewhiten(atoms, damping);
        double size = found.norm().item_double();
        assertThat(found.sub(expected).norm().item_double()).isLessThan(1e-6 * size);
        assertThat(size).isLessThan(last);
        last = size;
      }
    }
  }

  private static TensorOptions wide() {
    return new TensorOptions(ScalarType.Double);
  }

  @Test
  void anAllZeroGramIsTheIdentity() throws FailureException {
    try (Whitening whitening = Whitening.of(Matrices.gram(6, 12, 1).mul(new Scalar(0.0)), "p")) {
      assertThat(whitening.step()).isEqualTo(Whitening.Step.NONE);
      assertDewhitenUndoesWhiten(whitening, 1e-15);
    }
  }

  @Test
  void badGramsAreRefusedByName() {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Tensor gram = Matrices.gram(6, 12, 1);
      gram.narrow(0, 2, 1).fill_(new Scalar(bad));
      assertThatThrownBy(() -> Whitening.of(gram, "layer.proj"))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("layer.proj");
    }
    Tensor negative = Matrices.gram(6, 12, 1).neg();
    assertThatThrownBy(() -> Whitening.of(negative, "layer.proj"))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("layer.proj");
  }

  private static void assertProportional(Whitening whitening, Tensor gram, double tolerance) {
    Tensor product = whitening.root().mm(whitening.root().t());
    double scale = gram.norm().item_double() / product.norm().item_double();
    double error = product.mul(new Scalar(scale)).sub(gram).norm().item_double();
    assertThat(error / gram.norm().item_double()).isLessThan(tolerance);
  }

  private static void assertDewhitenUndoesWhiten(Whitening whitening, double tolerance) {
    Tensor weight = Matrices.gaussian(7, whitening.in(), 9);
    Tensor back = whitening.dewhiten(whitening.whiten(weight));
    assertThat(back.sub(weight).abs().amax().item_double()).isLessThan(tolerance);
  }
}
