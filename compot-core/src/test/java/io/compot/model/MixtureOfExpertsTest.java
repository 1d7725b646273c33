package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.ones;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layer against plain loops over tokens. */
class MixtureOfExpertsTest {

  private static final int TOKENS = 18;
  private static final int HIDDEN = 6;
  private static final int INNER = 5;
  private static final int EXPERTS = 9;
  private static final int CHOSEN = 3;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void agreesWithPlainLoopsAndShowsExpertsTheirTokensOnly(boolean normalised) {
    try (var _ = TensorScope.open()) {
      Tensor x = Matrices.gaussian(TOKENS, HIDDEN, 1);
      Tensor router = Matrices.gaussian(EXPERTS, HIDDEN, 2);
      // No score is below all others for every token, but that of this expert always is.
      router.select(0, 4).zero_();
      x.select(1, 0).fill_(new Scalar(1.0));
      router.select(0, 4).select(0, 0).fill_(new Scalar(-50.0));

      Map<Integer, double[][]> seen = new TreeMap<>();
      List<FeedForward> experts = new ArrayList<>();
      for (int expert = 0; expert < EXPERTS; expert++) {
        int index = expert;
        Linear gate = linear(weight(expert, 0));
        experts.add(
            new GatedMlp(
                new ObservedLinear(gate, rows -> seen.put(index, Matrices.rows(rows))),
                linear(weight(expert, 1)),
                linear(weight(expert, 2)),
                new Activation("silu", torch::silu)));
      }
      var layer = new MixtureOfExperts(linear(router), experts, CHOSEN, normalised);
      Tensor actual = layer.apply(x.to(Dtype.F32.scalarType()).view(2, TOKENS / 2, HIDDEN));

      Map<Integer, List<double[]>> routed = new TreeMap<>();
      double[][] expected = new double[TOKENS][HIDDEN];
      double[][] tokens = Matrices.rows(x.to(Dtype.F32.scalarType()));
      for (int t = 0; t < TOKENS; t++) {
        double[] p = softmax(times(router, tokens[t]));
        int[] best = largest(p);
        double whole = normalised ? Arrays.stream(best).mapToDouble(e -> p[e]).sum() : 1;
        for (int e : best) {
          routed.computeIfAbsent(e, _ -> new ArrayList<>()).add(tokens[t]);
          double[] y = expert(e, tokens[t]);
          for (int i = 0; i < HIDDEN; i++) {
            expected[t][i] += p[e] / whole * y[i];
          }
        }
      }
      assertThat(actual.sizes().vec().get()).containsExactly(2, TOKENS / 2, HIDDEN);
      Golden.assertClose("y", actual.view(TOKENS, HIDDEN), Matrices.tensor(expected), 1e-4, 1e-5);
      assertThat(seen.keySet()).isEqualTo(routed.keySet()).doesNotContain(4);
      routed.forEach(
          (e, rows) -> assertThat(seen.get(e)).isDeepEqualTo(rows.toArray(double[][]::new)));
    }
  }

  /** Scores that bfloat16 tells apart, but whose probabilities it does not. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void choosesInSinglePrecision(int favourite) {
    try (var _ = TensorScope.open()) {
      double[][] scores = {{0}, {0}, {0}, {0}};
      scores[favourite][0] = 0.001;
      List<FeedForward> experts = new ArrayList<>();
      for (int expert = 0; expert < scores.length; expert++) {
        var factor = new Scalar((double) expert);
        experts.add(x -> x.mul(factor));
      }
      var type = Dtype.BF16.scalarType();
      Linear router = new DenseLinear("gate", Matrices.tensor(scores).to(type), null);
      Tensor one = ones(1, 1, 1).to(type);
      Tensor rounded = router.apply(one).softmax(-1);
      assertThat(rounded.amax().item_double()).isEqualTo(rounded.amin().item_double());
      Tensor y = new MixtureOfExperts(router, experts, 1, true).apply(one);
      assertThat(Dtype.of(y)).isEqualTo(Dtype.BF16);
      assertThat(y.to(Dtype.F64.scalarType()).item_double()).isEqualTo(favourite);
    }
  }

  private static Linear linear(Tensor weight) {
    return new DenseLinear("test", weight.to(Dtype.F32.scalarType()), null);
  }

  /** Gate, up and down of an expert. */
  private static Tensor weight(int expert, int which) {
    long seed = 100 + 3L * expert + which;
    return which == 2
        ? Matrices.gaussian(HIDDEN, INNER, seed)
        : Matrices.gaussian(INNER, HIDDEN, seed);
  }

  private static double[] expert(int index, double[] x) {
    double[] gate = times(weight(index, 0), x);
    double[] up = times(weight(index, 1), x);
    double[] inner = new double[INNER];
    Arrays.setAll(inner, i -> gate[i] / (1 + Math.exp(-gate[i])) * up[i]);
    return times(weight(index, 2), inner);
  }

  private static double[] times(Tensor weight, double[] x) {
    return Arrays.stream(Matrices.rows(weight))
        .mapToDouble(row -> IntStream.range(0, x.length).mapToDouble(i -> row[i] * x[i]).sum())
        .toArray();
  }

  private static double[] softmax(double[] scores) {
    double sum = Arrays.stream(scores).map(Math::exp).sum();
    return Arrays.stream(scores).map(score -> Math.exp(score) / sum).toArray();
  }

  private static int[] largest(double[] p) {
    return IntStream.range(0, p.length)
        .boxed()
        .sorted(Comparator.comparingDouble(e -> -p[e]))
        .limit(CHOSEN)
        .mapToInt(e -> e)
        .toArray();
  }
}
