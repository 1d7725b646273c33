package io.compot.method;

import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingLong;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.linalg_svdvals;

import io.compot.error.FailureException;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.MaskedForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.quantised.RoundedFactors;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.method.sparse.Initialisation;
import io.compot.method.sparse.Pursuit;
import io.compot.method.sparse.RocketMethod;
import io.compot.recipe.Methods;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every compression method promises. */
class CompressionMethodContractTest {

  private TensorScope scope = TensorScope.open();

  static Stream<CompressionMethod> methods() {
    CompotMethod compot = CompotMethod.paper().withIterations(5);
    Stream<CompressionMethod> all =
        Methods.all().stream()
            .map(each -> (CompressionMethod) each.standard())
            .filter(each -> !each.needs(Need.MODEL));
    return Stream.of(all, variants(compot), rounded()).flatMap(each -> each);
  }

  /** With other settings than the standard's, some of them those of no paper. */
  private static Stream<CompressionMethod> variants(CompotMethod compot) {
    return Stream.of(
        new SvdLlmMethod(true),
        CompotPlusMethod.lite().withIterations(5),
        compot,
        new CompotMethod(2, 5, 0, Initialisation.RANDOM, 0.5),
        CospadiMethod.paper().withIterations(3),
        CospadiMethod.fast().withIterations(5).withRho(1.2),
        new CospadiMethod(2, 5, 2, 0, Pursuit.WARM, 3),
        new RocketMethod(1.5, 0, 5e-3, 1e-8, true),
        CompotPlusMethod.standard().withIterations(5),
        CompotPlusMethod.standard().withIterations(5).withRho(1.5).withRefinements(0));
  }

  /** Every method that factorises, with its factors in few bits. */
  private static Stream<CompressionMethod> rounded() {
    return Methods.all().stream()
        .map(each -> (CompressionMethod) each.standard())
        .filter(RoundedFactors.class::isInstance)
        .map(RoundedFactors.class::cast)
        .flatMap(each ->
            each.name().startsWith("compot")
                ? Stream.of(each.withWidth(Optional.of(4)), each.withWidth(Optional.empty()))
                : Stream.of(each.withWidth(Optional.of(4))));
  }

  @BeforeEach
  void open() {
    scope.close();
    scope = TensorScope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void factorsHaveTheirShapesTypeAndBits(CompressionMethod method) throws FailureException {
    for (Dtype stored : List.of(Dtype.F32, Dtype.BF16, Dtype.F16, Dtype.F64)) {
      for (long[] shape : new long[][] {{24, 40}, {40, 24}, {32, 32}}) {
        Tensor weight = Matrices.gaussian(shape[0], shape[1], 1).to(stored.scalarType());
        Form size = method.size(shape[1], shape[0], stored, 0.3).orElseThrow();
        try (Whitening whitening = whitening(shape[1]);
            Factorisation found = method.factorise(problem(weight, whitening, stored), size)) {
          Packed factors = found.factors();
          assertThat(factors.form()).isEqualTo(size);
          for (Tensor factor : isRounded(method) ? List.<Tensor>of() : tensors(factors)) {
            assertThat(Dtype.of(factor)).isEqualTo(stored);
          }
          assertThat(factors.bits()).isEqualTo(size.bits(shape[1], shape[0]));
          var parts = Codecs.bitsByPart(size, shape[1], shape[0]);
          assertThat(parts.values().stream().mapToLong(Long::longValue).sum())
              .isEqualTo(factors.bits());
          assertThat((double) factors.bits())
              .isLessThanOrEqualTo(0.7 * weight.numel() * stored.bits());
          assertThat(Codecs.dense(factors, Dtype.F64).sizes().vec().get()).containsExactly(shape);
          assertThat(found.whitening())
              .isEqualTo(method.name().equals("svd-llm-v2") ? "eigen" : "cholesky");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void errorsAreThoseOfTheStoredFactors(CompressionMethod method) throws FailureException {
    Tensor weight = Matrices.gaussian(40, 24, 3).to(ScalarType.BFloat16);
    Form size = method.size(24, 40, Dtype.BF16, 0.3).orElseThrow();
    Tensor gram = Matrices.gram(24, 100, 9);
    try (Whitening whitening = Whitening.of(gram, "p");
        Factorisation found = method.factorise(problem(weight, whitening, Dtype.BF16), size)) {
      Tensor exact = weight.to(ScalarType.Double);
      Tensor difference = Codecs.dense(found.factors(), Dtype.F64).sub(exact);
      assertThat(found.weightError())
          .isCloseTo(Math.sqrt(energy(difference) / energy(exact)), within(1e-5));
      double whitened =
          Math.sqrt(energy(difference.mm(gram), difference) / energy(exact.mm(gram), exact));
      assertThat(found.whitenedError().orElseThrow()).isCloseTo(whitened, within(1e-5));
      assertThat(whitened).isBetween(isRounded(method) ? 0.001 : 0.01, 0.9);
    }
  }

  /** With all outputs and inputs alike, what is predicted is the weight's own squared error. */
  @ParameterizedTest
  @MethodSource("methods")
  void offersAreWhatItMakes(CompressionMethod method) throws FailureException {
    Tensor weight = Matrices.gaussian(40, 24, 3).to(ScalarType.BFloat16);
    Tensor exact = weight.to(ScalarType.Double);
    try (Whitening whitening = Whitening.of(Matrices.gram(24, 100, 9), "p")) {
      LayerProblem problem = problem(weight, whitening, Dtype.BF16);
      List<Offer> offers =
          method.offers(
              problem,
              packed -> {
                try (var _ = TensorScope.open()) {
                  return energy(Codecs.dense(packed, Dtype.F64).sub(exact));
                }
              });
      assertThat(offers).hasSizeGreaterThan(3);
      for (Offer each : offers) {
        assertThat(each.form().fits(24, 40)).isTrue();
        assertThat(each.form().bits(24, 40)).isLessThan(24 * 40 * 16);
        assertThat(each.label()).startsWith(each.maker().name());
        assertThat(method.maker(each.maker().name())).isEqualTo(each.maker());
      }
      Offer largest = Collections.max(offers, comparingLong(each -> each.form().bits(24, 40)));
      assertThat(largest.rise())
          .isEqualTo(Collections.min(offers, comparingDouble(Offer::rise)).rise());
      // Offers come from short runs: of the same size as what is made of them in the end.
      try (Factorisation made = method.factorise(problem, largest.form())) {
        double found = energy(Codecs.dense(made.factors(), Dtype.F64).sub(exact));
        assertThat(largest.rise()).isBetween(found / 3, found * 3 + 1e-9);
      }
    }
  }

  /** Without an output metric, whitening methods factorise LW; the error of rank r is its tail. */
  @ParameterizedTest
  @MethodSource("methods")
  void spectrumIsThatOfWhatIsFactorised(CompressionMethod method) throws FailureException {
    for (long[] shape : new long[][] {{24, 40}, {40, 24}}) {
      Tensor weight = Matrices.gaussian(shape[0], shape[1], 5);
      Form size = method.size(shape[1], shape[0], Dtype.F32, 0.3).orElseThrow();
      try (Whitening whitening = whitening(shape[1]);
          Factorisation found = method.factorise(problem(weight, whitening, Dtype.F32), size)) {
        if (isWhole(method)
            || (method instanceof CompotMethod c && c.initialisation() == Initialisation.RANDOM)) {
          assertThat(found.spectrum()).isEmpty();
          continue;
        }
        SampledSpectrum spectrum = found.spectrum().orElseThrow();
        assertThat(spectrum.values()).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(spectrum.values().getFirst()).isEqualTo(1);
        if (method.name().equals("asvd")) {
          continue; // its scale is its own
        }
        Tensor decomposed = method.name().equals("svd") ? weight : whitening.whiten(weight);
        Tensor values = linalg_svdvals(decomposed.to(ScalarType.Double));
        for (int i = 0; i < Math.min(spectrum.values().size(), 24); i++) {
          double expected = values.get(i).item_double() / values.get(0).item_double();
          assertThat(spectrum.values().get(i)).isCloseTo(expected, within(1e-4 * expected));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void sameInputsGiveSameBytes(CompressionMethod method) throws FailureException {
    Tensor weight = Matrices.gaussian(48, 40, 3);
    Form size = method.size(40, 48, Dtype.F32, 0.25).orElseThrow();
    try (Whitening whitening = whitening(40);
        Factorisation one = method.factorise(problem(weight, whitening, Dtype.F32), size);
        Factorisation two = method.factorise(problem(weight, whitening, Dtype.F32), size)) {
      List<Tensor> first = tensors(one.factors());
      List<Tensor> second = tensors(two.factors());
      for (int i = 0; i < first.size(); i++) {
        assertThat(NativeMemory.bytes(first.get(i)).mismatch(NativeMemory.bytes(second.get(i))))
            .isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void poorWeightsGiveASensibleResult(CompressionMethod method) throws FailureException {
    Tensor zero = Matrices.gaussian(24, 20, 1).mul(new Scalar(0.0));
    Tensor rankOne = Matrices.gaussian(24, 1, 1).mm(Matrices.gaussian(1, 20, 2));
    Tensor tiny = Matrices.gaussian(24, 20, 1).mul(new Scalar(1e-30));
    Tensor huge = Matrices.gaussian(24, 20, 1).mul(new Scalar(1e30));
    // Scales in F16 do not reach to the last two, and refuse them by name.
    List<Tensor> weights =
        isRounded(method) ? List.of(zero, rankOne) : List.of(zero, rankOne, tiny, huge);
    for (int i = 0; i < weights.size(); i++) {
      Tensor weight = weights.get(i);
      Form size = method.size(20, 24, Dtype.F32, 0.3).orElseThrow();
      try (Whitening whitening = whitening(20);
          Factorisation found = method.factorise(problem(weight, whitening, Dtype.F32), size)) {
        assertThat(found.weightError()).isBetween(0.0, 1.0);
        assertThat(found.whitenedError().orElseThrow()).isBetween(0.0, 0.9);
        assertThat(found.iterationErrors()).allMatch(Double::isFinite);
        if (i < 2) {
          assertThat(found.weightError())
              .isLessThan(isPruned(method) ? 0.5 : isRounded(method) ? 0.25 : 1e-5);
        }
      }
    }
  }

  /** Inputs that are all zero say nothing, five tokens say little: both give usable factors. */
  @ParameterizedTest
  @MethodSource("methods")
  void poorInputsGiveASensibleResult(CompressionMethod method) throws FailureException {
    Tensor weight = Matrices.gaussian(24, 20, 1);
    Form size = method.size(20, 24, Dtype.F32, 0.3).orElseThrow();
    Tensor few = Matrices.gaussian(5, 20, 4);
    List<Tensor> grams = List.of(few.t().mm(few).mul(new Scalar(0.0)), few.t().mm(few));
    for (Tensor gram : grams) {
      try (Whitening whitening = Whitening.of(gram, "layer.proj");
          Factorisation found = method.factorise(problem(weight, whitening, Dtype.F32), size)) {
        assertThat(whitening.step()).isNotEqualTo(Whitening.Step.CHOLESKY);
        assertThat(found.whitenedError().orElseThrow()).isBetween(0.0, 0.9);
        assertThat(found.weightError()).isFinite();
        assertThat(found.iterationErrors()).allMatch(Double::isFinite);
        for (Tensor factor : tensors(found.factors())) {
          assertThat(torch.isfinite(factor).all().item_bool()).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void oneRowAndOneColumnWork(CompressionMethod method) throws FailureException {
    for (long[] shape : new long[][] {{1, 30}, {30, 1}, {1, 1}}) {
      Tensor weight = Matrices.gaussian(shape[0], shape[1], 1);
      // No ratio leaves room here, so the smallest size is given by hand.
      Form size =
          isSparse(method) ? SparseForm.plain(1, 1, Dtype.F32) : LowRankForm.plain(1, Dtype.F32);
      if (isWhole(method)) {
        List<Form> forms = method.forms(shape[1], shape[0], Dtype.F32);
        if (forms.isEmpty()) {
          continue;
        }
        size = forms.getLast();
      }
      try (Whitening whitening = whitening(shape[1]);
          Factorisation found = method.factorise(problem(weight, whitening, Dtype.F32), size)) {
        assertThat(found.weightError()).isLessThan(isWhole(method) ? 0.05 : 1e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void badNumbersAreRefusedByName(CompressionMethod method) throws FailureException {
    Form size = method.size(20, 24, Dtype.F32, 0.3).orElseThrow();
    try (Whitening whitening = whitening(20)) {
      for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        Tensor weight = Matrices.gaussian(24, 20, 1);
        weight.narrow(0, 3, 1).fill_(new Scalar(bad));
        assertThatThrownBy(() -> method.factorise(problem(weight, whitening, Dtype.F32), size))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("layer.proj");
      }
      Tensor wide = Matrices.gaussian(24, 20, 1).mul(new Scalar(1e30));
      assertThatThrownBy(() -> method.factorise(problem(wide, whitening, Dtype.F16), size))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("layer.proj");
    }
    Tensor weight = Matrices.gaussian(24, 20, 1);
    if (method.needs(Need.GRAM)) {
      assertThatThrownBy(() -> method.factorise(problem(weight, null, Dtype.F32), size))
          .isInstanceOf(FailureException.class)
          .hasMessageContaining("layer.proj");
    } else {
      try (Factorisation found = method.factorise(problem(weight, null, Dtype.F32), size)) {
        assertThat(found.whitenedError()).isEmpty();
        assertThat(found.whitening()).isEqualTo("none");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void sizesThatDoNotFitAreAProgrammingError(CompressionMethod method) {
    Form tooLarge =
        isSparse(method) ? SparseForm.plain(25, 25, Dtype.F32) : LowRankForm.plain(25, Dtype.F32);
    try (Whitening whitening = whitening(20)) {
      Tensor weight = Matrices.gaussian(24, 20, 1);
      assertThatThrownBy(() -> method.factorise(problem(weight, whitening, Dtype.F32), tooLarge))
          .isInstanceOf(IllegalArgumentException.class);
    } catch (FailureException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether it leaves weights whole, in few bits. */
  private static boolean isWhole(CompressionMethod method) {
    return method.forms(24, 40, Dtype.F32).getFirst() instanceof DenseForm || isPruned(method);
  }

  /** Whether it leaves entries out, and so has errors where a weight has few ranks. */
  private static boolean isPruned(CompressionMethod method) {
    return method.forms(24, 40, Dtype.F32).getFirst() instanceof MaskedForm;
  }

  /** Whether it stores codes on grids, and so has errors even where a weight has few ranks. */
  private static boolean isRounded(CompressionMethod method) {
    return switch (method.size(64, 64, Dtype.F32, 0.8).orElseThrow()) {
      case DenseForm _ -> true;
      case SparseForm sparse -> sparse.dictionary() instanceof Numbers.Grouped;
      case LowRankForm low -> low.left() instanceof Numbers.Grouped;
      case MaskedForm _ -> false;
      case Form other -> throw new AssertionError(other);
    };
  }

  private static boolean isSparse(CompressionMethod method) {
    return method.size(64, 64, Dtype.F32, 0.3).orElseThrow() instanceof SparseForm;
  }

  private static LayerProblem problem(Tensor weight, @Nullable Whitening whitening, Dtype stored) {
    return new LayerProblem("layer.proj", weight, whitening, stored, 7);
  }

  private static Whitening whitening(long in) throws FailureException {
    return Whitening.of(Matrices.gram(in, 4 * in, 5), "layer.proj");
  }

  /** All numbers that the stored type holds. */
  private static List<Tensor> tensors(Packed factors) {
    return factors.parts().values().stream().filter(part -> Dtype.of(part).isFloating()).toList();
  }

  private static double energy(Tensor a) {
    return energy(a, a);
  }

  private static double energy(Tensor a, Tensor b) {
    return a.mul(b).sum().item_double();
  }
}
